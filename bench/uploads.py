"""Uploads by PUT, each with its SHA-256 and CRC-32, against nginx's DAV PUT, which computes none."""

from stand import Fleeting, Nginx, compare, in_turns, load, measured

CELLS = {"1 GiB, 1 connection": (1, 1, 1 << 30), "64 x 16 MiB, 64 connections": (64, 64, 16 << 20),
         "64 x 16 MiB, 4 connections": (4, 64, 16 << 20)}
ROUNDS = 5


def run():
    print(f"{'uploads':34} {'fleeting':>10} {'nginx':>10}")
    for sync in ("off", "on"):
        with Fleeting(sync_uploads=sync) as ours, Nginx() as rival:
            for label, cell in CELLS.items():
                compare(f"{label}{', synced' if sync == 'on' else ''}", *in_turns(ROUNDS, lambda: to_us(ours, cell), lambda: to_nginx(rival, cell)),
                        lambda seen: seen["bytes"] / seen["seconds"] / 1e6, "MB/s", 0.45)


def to_us(server, cell):
    """Into a new room each time, which then ends."""
    connections, count, size = cell
    room, headers, _ = server.room()
    seen = measured(server, lambda: load("put", server.port, headers, path=f"/{room}/f", connections=connections, count=count, size=size))
    server.request("DELETE", f"/api/v1/rooms/{room}", headers=headers)
    return seen


def to_nginx(server, cell):
    connections, count, size = cell
    seen = measured(server, lambda: load("put", server.port, path="/up/f", connections=connections, count=count, size=size))
    for index in range(count):
        server.request("DELETE", f"/up/f{index}")
    return seen
