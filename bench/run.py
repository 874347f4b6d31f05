#!/usr/bin/env python3
"""Runs the benchmarks: run.py [name...]. Each prints its figures beside a rival's of the same run, in turns, as medians."""

import importlib
import sys

import stand

ALL = ("startup", "memory", "events", "json_requests", "downloads", "uploads", "expiry")


def main():
    names = sys.argv[1:] or ALL
    for name in names:
        if name not in ALL:
            sys.exit(f"bench: no benchmark '{name}'; there are: {' '.join(ALL)}")
    stand.enter_quiet_network()
    stand.describe()
    for name in names:
        print(f"\n== {name}: {importlib.import_module(name).__doc__}", flush=True)
        importlib.import_module(name).run()


if __name__ == "__main__":
    main()
