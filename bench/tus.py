"""Uploads by tus against @tus/server, which never syncs and hashes nothing: one file in one request, in many, and in parts over four
connections."""

from servers import Fleeting, TusServer
from stand import in_turns, measured, megabytes_a_second, tus

SIZE, ROUNDS = 1 << 30, 5
CELLS = {"1 GiB in one PATCH": {}, "1 GiB in PATCHes of 8 MiB": {"request": 8 << 20},
         "64 x 16 MiB, 64 connections": {"connections": 64, "count": 64, "size": 16 << 20}}


def run(report):
    for sync in ("off", "on"):
        with Fleeting(sync_uploads=sync) as ours, TusServer() as rival:
            name = ", synced" if sync == "on" else ""
            for label, options in CELLS.items():
                pair = in_turns(ROUNDS, lambda: to_us(ours, options), lambda: to_rival(rival, options))
                report.compare(label + name, rival.name, pair, megabytes_a_second, "MB/s", 3 if sync == "off" else None)
            pair = in_turns(ROUNDS, lambda: to_us(ours, {"connections": 4, "concatenate": True}), lambda: to_us(ours, {}))
            report.compare("1 GiB over 4 connections, concatenated" + name, "ours over one", pair, megabytes_a_second, "MB/s",
                           1 if sync == "off" else None)


def to_us(server, options):
    """Into a new room each time, which then ends."""
    room, headers, _ = server.room()
    path = f"/api/v1/rooms/{room}/files"
    seen = measured(server, lambda: tus(server.port, headers, **{"path": path, "size": SIZE, **options}))
    server.end(room, headers)
    return seen


def to_rival(server, options):
    seen = measured(server, lambda: tus(server.port, path=server.path, **{"size": SIZE, **options}))
    server.clear()
    return seen
