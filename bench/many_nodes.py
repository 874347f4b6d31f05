"""Nodes on PostgreSQL, Redis and radosgw, all of it on this machine: events to 2,000 members over three nodes; joins and lists on one node and
on three, whose cores are the same two; files by a node, and past it, against the AWS CLI with the same store. `CPU a byte` isn't told: the
rows beside it say what the nodes used of the processor."""

import json
import os
import subprocess

from servers import BUILD, ROOT
from stand import megabytes_a_second, thousands_a_second

FIGURES = {"MB/s": megabytes_a_second, "k/s": thousands_a_second}


def run(report):
    """bench/many_nodes.mjs measures, and says what it saw in a line of JSON a row."""
    environment = {**os.environ, "FLEETING_BINARY": str(BUILD / "fleeting"), "BENCH_HTTP": str(BUILD / "bench" / "bench_http")}
    with subprocess.Popen(["node", ROOT / "bench" / "many_nodes.mjs"], env=environment, stdout=subprocess.PIPE, text=True) as measuring:
        for line in measuring.stdout:
            add_row(report, json.loads(line))
    if measuring.returncode:
        raise RuntimeError(f"many_nodes.mjs ended with {measuring.returncode}")


def add_row(report, row):
    """{label, value, unit[, most]} or {label, ours, rivals, rival, unit, goal}: runs in turns, each {bytes or requests, seconds}."""
    if "ours" in row:
        figure = FIGURES[row["unit"]]
        report.compare(row["label"], row["rival"], (row["ours"], row["rivals"]), figure, row["unit"], row.get("goal"))
    elif "most" in row:
        report.promise(row["label"], row["value"], row["unit"], row["most"])
    else:
        report.tell(row["label"], row["value"], row["unit"])
