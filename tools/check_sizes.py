#!/usr/bin/env python3
"""Reports C++ files and functions that have outgrown one thought, and fails on those far beyond it."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMITS = {".cpp": (300, 400), ".hpp": (200, 300)}
TEST_LIMIT = (400, 500)
FUNCTION = (40, 60)


def functions(lines):
    """Yields (name, first line, length) of every function whose brace stands alone at the outer level."""
    start = None
    for number, line in enumerate(lines, 1):
        if line in ("{", "    {") and start is None:
            start, indent = number, line[:-1]
        elif start is not None and line == indent + "}":
            yield lines[max(start - 2, 0)].strip(), start, number - start + 1
            start = None


def main():
    failed = False
    for folder in ("src", "tests", "bench"):
        for file in sorted((ROOT / folder).rglob("*.[ch]pp")):
            lines = file.read_text().splitlines()
            look, fail = TEST_LIMIT if folder != "src" else LIMITS[file.suffix]
            name = file.relative_to(ROOT)
            if len(lines) > look:
                print(f"{name}: {len(lines)} lines")
                failed |= len(lines) > fail
            for signature, start, length in functions(lines):
                if length > FUNCTION[0] and folder == "src":
                    print(f"{name}:{start}: {length} lines: {signature}")
                    failed |= length > FUNCTION[1]
    print("sizes: " + ("too large" if failed else "fine"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
