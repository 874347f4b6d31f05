#!/usr/bin/env python3
"""Runs the benchmarks: run.py [name...]. Without names all of them, and docs/benchmarks.md is written."""

import importlib
import sys

import stand
from report import Report, write_page

ALL = ("downloads", "tls", "uploads", "tus", "small_files", "archive", "memory", "json_requests", "startup", "events", "expiry", "encryption", "many_nodes")


def main():
    names = sys.argv[1:] or ALL
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
    if names == ALL:
        write_page(reports, stand.machine())


if __name__ == "__main__":
    main()
