"""Uploads by PUT against nginx's DAV PUT. Ours compute CRC-32 on the way and SHA-256 behind the writer, nginx neither; nginx never syncs."""

import json
import time

from servers import Fleeting, Nginx
from stand import in_turns, load, measured, megabytes_a_second

CELLS = {"1 GiB": (1, 1, 1 << 30), "64 x 16 MiB, 64 connections": (64, 64, 16 << 20), "64 x 16 MiB, 4 connections": (4, 64, 16 << 20)}
ROUNDS = 5


def run(report):
    """What is promised is promised of the transfer; that a complete file is on the disk before it is told costs what the disk costs."""
    for sync in ("off", "on"):
        with Fleeting(sync_uploads=sync) as ours, Nginx() as rival:
            for label, cell in CELLS.items():
                pair = in_turns(ROUNDS, lambda: to_us(ours, cell), lambda: to_nginx(rival, cell))
                name = label + (", synced" if sync == "on" else "")
                report.compare(name, "nginx", pair, megabytes_a_second, "MB/s", 0.95 if sync == "off" else None)
                digested = [{**seen, "seconds": seen["digested"]} for seen in pair[0]]
                report.compare(f"{name}: until all digests are told", "nginx", (digested, pair[1]), megabytes_a_second, "MB/s")


def to_us(server, cell):
    """Into a new room each time, which then ends."""
    connections, count, size = cell
    room, headers, _ = server.room()
    began = time.monotonic()

    def put():
        seen = load("put", server.port, headers, path=f"/{room}/f", connections=connections, count=count, size=size)
        wait_for_digests(server, room, headers)
        return {**seen, "digested": time.monotonic() - began}

    seen = measured(server, put)
    server.end(room, headers)
    return seen


def wait_for_digests(server, room, headers):
    while True:
        _, _, body = server.request("GET", f"/api/v1/rooms/{room}", headers=headers)
        if all(file["sha256"] for file in json.loads(body)["files"]):
            return
        time.sleep(0.005)


def to_nginx(server, cell):
    connections, count, size = cell
    seen = measured(server, lambda: load("put", server.port, path="/up/f", connections=connections, count=count, size=size))
    for index in range(count):
        server.request("DELETE", f"/up/f{index}")
    return seen
