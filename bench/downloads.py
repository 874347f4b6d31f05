"""Downloads through signed links against nginx's sendfile, without and with its cache of open files."""

import os

from servers import Fleeting, Nginx
from stand import in_turns, load, measured, megabytes_a_second, thousands_a_second

SIZES = {"1 KiB": (1 << 10, 1.2), "100 KiB": (100 << 10, 1.0), "1 MiB": (1 << 20, 1.0), "1 GiB": (1 << 30, 1.0)}
ROUNDS, SECONDS = 5, 1


def run(report):
    for cached in (False, True):
        with Fleeting() as ours, Nginx(cached) as rival:
            compare_sizes(report, (ours, rival), "nginx, cached" if cached else "nginx", get, SIZES)


def get(server, headers, path, connections):
    return load("get", server.port, headers, path=path, connections=connections, seconds=SECONDS)


def compare_sizes(report, servers, rival_name, fetch, sizes, most_cpu=1.0):
    """A row for each size over 1 and 64 connections; `fetch(server, headers, path, connections)` is one run. The rival serves
    the bytes that an upload to us left."""
    ours, rival = servers
    room, headers, _ = ours.room()
    for label, (size, goal) in sizes.items():
        ours.add_file(room, headers, str(size), os.urandom(size))
        ours.share_newest_blob(rival, str(size))
        for connections in (1, 64):
            pair = in_turns(ROUNDS, lambda: measured(ours, lambda: fetch(ours, headers, ours.link(room, headers, str(size)), connections)),
                            lambda: measured(rival, lambda: fetch(rival, (), f"/{size}", connections)))
            figure, unit = (megabytes_a_second, "MB/s") if size >= 1 << 20 else (thousands_a_second, "k/s")
            report.compare(f"{label}, {connections} connection{'s' * (connections > 1)}", rival_name, pair, figure, unit, goal, most_cpu)
