"""Files that are encrypted where they lie against the same server without that, whose downloads go by sendfile: on loopback, and as fast as
a network of 10 and of 1 Gbit/s lets them."""

import contextlib
import os
import subprocess

from downloads import get
from servers import Fleeting
from stand import in_turns, load, measured, megabytes_a_second, thousands_a_second

SIZES = {"1 KiB": 1 << 10, "100 KiB": 100 << 10, "1 MiB": 1 << 20, "1 GiB": 1 << 30}
NETWORKS = {"": None, ", 10 Gbit/s": "10gbit", ", 1 Gbit/s": "1gbit"}
ROUNDS = 5
# What decides the default: nobody on a network of 10 Gbit/s may feel it.
LEAST = {"": None, ", 10 Gbit/s": 0.95, ", 1 Gbit/s": 0.98}


def run(report):
    with Fleeting(storage_encryption="on") as ours, Fleeting(storage_encryption="off") as rival:
        for network, rate in NETWORKS.items():
            with shaped(report, rate) as is_shaped:
                if is_shaped:
                    compare_downloads(report, ours, rival, network)
                    compare_uploads(report, ours, rival, network)


@contextlib.contextmanager
def shaped(report, rate):
    """Loopback at that rate. Only in a network namespace of our own; elsewhere nothing is measured, and that is said."""
    if rate is None:
        yield True
        return
    is_ours = os.environ.get("BENCH_INSIDE") is not None
    command = ["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", rate, "burst", "512kb", "latency", "20ms"]
    if not is_ours or subprocess.run(command, capture_output=True).returncode:
        report.tell(f"not measured at {rate}: no network of our own to shape", 0, "")
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["tc", "qdisc", "del", "dev", "lo", "root"], check=True)


def compare_downloads(report, ours, rival, network):
    for label, size in SIZES.items():
        sides = [(server, *server.room()[:2]) for server in (ours, rival)]
        for server, room, headers in sides:
            server.add_file(room, headers, "f", os.urandom(size))
        for connections in (1, 64):
            def fetch(server, room, headers, connections=connections):
                return measured(server, lambda: get(server, headers, server.link(room, headers, "f"), connections))

            pair = in_turns(ROUNDS, lambda: fetch(*sides[0]), lambda: fetch(*sides[1]))
            figure, unit = (megabytes_a_second, "MB/s") if size >= 1 << 20 else (thousands_a_second, "k/s")
            name = f"{label} down, {connections} connection{'s' * (connections > 1)}{network}"
            report.compare(name, "not encrypted", pair, figure, unit, LEAST[network])
        for server, room, headers in sides:
            server.end(room, headers)


def compare_uploads(report, ours, rival, network):
    for label, (connections, count, size) in {"1 GiB": (1, 1, 1 << 30), "64 x 16 MiB": (4, 64, 16 << 20), "1,000 x 1 KiB": (4, 1000, 1 << 10)}.items():
        def put(server, connections=connections, count=count, size=size):
            room, headers, _ = server.room()
            seen = measured(server, lambda: load("put", server.port, headers, path=f"/{room}/f", connections=connections, count=count, size=size))
            server.end(room, headers)
            return seen

        pair = in_turns(ROUNDS, lambda: put(ours), lambda: put(rival))
        figure, unit = (megabytes_a_second, "MB/s") if size >= 1 << 20 else (thousands_a_second, "k/s")
        report.compare(f"{label} up, {connections} connection{'s' * (connections > 1)}{network}", "not encrypted", pair, figure, unit, LEAST[network])
