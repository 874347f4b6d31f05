"""Downloads through signed links against nginx's sendfile: throughput for small, middle and large files."""

import os

from stand import Fleeting, Nginx, compare, in_turns, load, measured

SIZES = {"1 KiB": 1 << 10, "100 KiB": 100 << 10, "1 GiB": 1 << 30}
ROUNDS, SECONDS = 5, 2


def run():
    print(f"{'downloads':34} {'fleeting':>10} {'nginx':>10}")
    with Fleeting() as ours, Nginx() as rival:
        room, headers, _ = ours.room()
        for label, size in SIZES.items():
            body = os.urandom(size)
            ours.add_file(room, headers, str(size), body)
            rival.add_file(str(size), body)
            del body
            for connections in (1, 64):
                cell(label, connections, size, (ours, room, headers), rival)


def cell(label, connections, size, ours, rival):
    server, room, headers = ours

    def download(target, path, sent=()):
        return measured(target, lambda: load("get", target.port, sent, path=path, connections=connections, seconds=SECONDS))

    pair = in_turns(ROUNDS, lambda: download(server, server.link(room, headers, str(size)), headers),
                    lambda: download(rival, f"/{size}"))
    small = size < 1 << 20
    compare(f"{label}, {connections} connections", *pair, (lambda seen: seen["requests"] / seen["seconds"] / 1e3) if small else
            (lambda seen: seen["bytes"] / seen["seconds"] / 1e6), "k/s" if small else "MB/s", 1.0)
