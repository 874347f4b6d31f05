#!/usr/bin/env python3
"""Runs the benchmarks: run.py [--write] [name...], all of them without names. With --write what they found goes into docs/benchmarks.md."""

import importlib
import sys

import stand
from report import Report, write_page

ALL = ("downloads", "tls", "uploads", "tus", "small_files", "archive", "memory", "json_requests", "startup", "events", "expiry", "encryption", "many_nodes")


def main():
    is_written = "--write" in sys.argv
    names = [name for name in sys.argv[1:] if name != "--write"] or ALL
    for name in names:
        if name not in ALL:
            sys.exit(f"bench: no benchmark '{name}'; there are: {' '.join(ALL)}")
    stand.enter_quiet_network()
    print(stand.machine(), flush=True)
    reports = []
    for name in names:
        module = importlib.import_module(name)
        reports.append(Report(name, module.__doc__))
        module.run(reports[-1])
    if is_written:
        write_page(reports, stand.machine(), ALL)


if __name__ == "__main__":
    main()
