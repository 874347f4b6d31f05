#!/usr/bin/env python3
"""Holds the modules' one-way arrows: reads every #include under src/ against the table of docs/architecture.md.

Fails on an include that points where it may not, on a folder that is no module, and on modules that include each other in
a circle. With --self-test it checks itself."""

import pathlib
import re
import sys
import tempfile

# What a module may include besides itself and base. The bottom of the table knows nothing of its top.
ALLOWED = {
    "base": set(),
    "crypto": set(),
    "async": set(),
    "domain": set(),
    "ports": {"domain", "async"},
    "http": {"async"},
    "service": {"ports", "domain", "async", "crypto"},
    "sqlite": {"ports", "domain", "async", "crypto"},
    "postgres": {"ports", "domain", "async"},
    "disk": {"ports", "domain", "async"},
    "encrypted": {"disk", "ports", "domain", "async", "crypto"},  # over another store
    "s3": {"ports", "domain", "async", "crypto"},
    "clamav": {"ports", "domain", "async"},
    "sandbox": set(),
    "memory": {"ports", "domain", "async"},
    "redis": {"ports", "domain", "async", "crypto"},
    "api": {"http", "service", "domain", "async"},
    "app": {"crypto", "async", "domain", "ports", "http", "service", "sqlite", "postgres", "disk", "encrypted", "s3", "memory", "redis", "clamav", "sandbox", "api"},
}
TOP = "app"  # src/main.cpp counts as this module
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def includes(root):
    """Yields (file, line number, module that includes, path that is included) for every quoted #include."""
    for file in sorted(root.rglob("*")):
        if file.suffix not in (".cpp", ".hpp", ".inc"):
            continue
        parts = file.relative_to(root).parts
        module = parts[0] if len(parts) > 1 else TOP
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if found := INCLUDE.match(line):
                yield file, number, module, found[1]


def circle_in(edges):
    """A list of modules that include each other in a circle, or None."""
    done, path = set(), []

    def visit(module):
        if module in path:
            return [*path[path.index(module):], module]
        if module in done:
            return None
        path.append(module)
        for target in sorted(edges.get(module, ())):
            if found := visit(target):
                return found
        path.pop()
        done.add(module)
        return None

    return next((found for module in sorted(edges) if (found := visit(module))), None)


def breaches(root):
    """Yields a sentence for everything that breaks the table."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if folder.name not in ALLOWED:
            yield f"{folder}: {folder.name} is no module; give it a row in {pathlib.Path(__file__).name}"
    edges = {}
    for file, number, module, target in includes(root):
        included = target.split("/")[0]
        if "/" not in target or included not in ALLOWED:
            yield f'{file}:{number}: "{target}" names no module; write "module/file.hpp"'
        elif module in ALLOWED and included != module:
            edges.setdefault(module, set()).add(included)
            if included not in ALLOWED[module] | {"base"}:
                yield f"{file}:{number}: {module} may not include {included}"
    if circle := circle_in(edges):
        yield "modules in a circle: " + " -> ".join(circle)


def self_test():
    def found_in(files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                file = pathlib.Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return [breach.replace(folder + "/", "") for breach in breaches(pathlib.Path(folder))]

    assert found_in({"http/a.cpp": '#include "http/a.hpp"\n#include "base/x.hpp"\n#include <vector>\n'}) == []
    assert found_in({"main.cpp": '#include "sqlite/x.hpp"\n'}) == []
    assert found_in({"http/a.cpp": '\n#include "domain/x.hpp"\n'}) == ["http/a.cpp:2: http may not include domain"]
    assert found_in({"service/a.hpp": '#include "sqlite/x.hpp"\n'}) == ["service/a.hpp:1: service may not include sqlite"]
    assert found_in({"base/a.hpp": '#  include "app/x.hpp"\n'}) == ["base/a.hpp:1: base may not include app"]
    assert "is no module" in found_in({"utils/a.cpp": ""})[0]
    assert "names no module" in found_in({"http/a.cpp": '#include "a.hpp"\n'})[0]
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}}) is None
    assert circle_in({module: targets | {"base"} if module != "base" else set() for module, targets in ALLOWED.items()}) is None
    print("layers: self-test passed")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    found = list(breaches(pathlib.Path(__file__).resolve().parent.parent / "src"))
    print("\n".join(found) or "layers: every arrow points down")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
