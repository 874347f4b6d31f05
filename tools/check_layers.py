#!/usr/bin/env python3
"""Holds the modules' one-way arrows: reads every #include under src/ against the table of docs/architecture.md."""

import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "crypto": {"base"},
    "async": {"base"},
    "domain": {"base"},
    "ports": {"base", "domain", "async"},
    "http": {"base", "async"},
    "service": {"base", "ports", "domain", "async", "crypto"},
    "sqlite": {"base", "ports", "domain", "async"},
    "disk": {"base", "ports", "domain", "async"},
    "memory": {"base", "ports", "domain", "async"},
    "api": {"base", "http", "service", "domain", "ports", "async", "crypto"},
    "app": None,  # wires everything
}
INCLUDE = re.compile(r'^\s*#include "(\w+)/')


def breaches(root: pathlib.Path):
    """Yields a line for each include that points where it may not."""
    for file in sorted(root.rglob("*.[ch]pp")):
        module = file.relative_to(root).parts[0]
        if module == "main.cpp":
            continue
        if module not in ALLOWED:
            yield f"{file}: unknown module {module}"
            continue
        allowed = ALLOWED[module]
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if found and allowed is not None and found[1] != module and found[1] not in allowed:
                yield f"{file}:{number}: {module} may not include {found[1]}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "src"
    found = list(breaches(root))
    print("\n".join(found) or "layers: every arrow points down")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
