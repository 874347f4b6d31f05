#!/usr/bin/env python3
"""Adds up what the runners of script/test said: count_tests.py FOLDER prints "N passed, M failed".

FOLDER holds, for each step, STEP.log (its output), STEP.code (its exit code) and, where C++ tests ran, STEP.gtest/ with
GoogleTest's XML. A C++ test program counts as its tests; any other ctest entry, and a step whose output holds no count,
as one. A step that failed is never without a failure, so a crash can't hide behind what its log says."""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml

CTEST = re.compile(r"Test +#\d+: (\S+) \.*\**(?:\s+| *)(Passed|Failed|Timeout|Not Run|Exception|\S+)")
# `node --test` as TAP ("# pass 3") and as text ("ℹ pass 3"); Playwright ("  3 passed (2.1s)").
PASSED = re.compile(r"^(?:[#ℹ] pass (\d+)|\s+(\d+) passed(?: \(.*\))?)\s*$", re.MULTILINE)
FAILED = re.compile(r"^(?:[#ℹ] (?:fail|cancelled) (\d+)|\s+(\d+) failed)\s*$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count_ctest(text, folder):
    """(passed, failed) of a ctest run; each program's XML, where there is one, stands for the program."""
    passed = failed = 0
    for name, verdict in CTEST.findall(text):
        report = folder / f"{name}.xml"
        tests = failures = 0
        if report.exists():
            suites = xml.parse(report).getroot()
            failures = int(suites.get("failures")) + int(suites.get("errors", 0))
            tests = int(suites.get("tests")) - int(suites.get("disabled", 0))
        if verdict == "Passed":
            passed += max(tests, 1)
        else:
            failed += max(failures, 1)
            passed += tests - failures
    return passed, failed


def count_step(text, code, folder):
    """(passed, failed) of one step of script/test."""
    text = COLOUR.sub("", text)
    passed, failed = count_ctest(text, folder)
    passed += sum(int(a or b) for a, b in PASSED.findall(text))
    failed += sum(int(a or b) for a, b in FAILED.findall(text))
    if code != 0:
        return passed, max(failed, 1)
    return max(passed, 1), failed


def main():
    folder = pathlib.Path(sys.argv[1])
    counts = [count_step(log.read_text(encoding="utf-8", errors="replace"), int(log.with_suffix(".code").read_text()),
                         log.with_suffix(".gtest")) for log in sorted(folder.glob("*.log"))]
    print(f"{sum(passed for passed, _ in counts)} passed, {sum(failed for _, failed in counts)} failed")


if __name__ == "__main__":
    main()
