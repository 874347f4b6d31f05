"""Downloads through signed links against nginx's sendfile: throughput for small, middle and large files."""

import os

from stand import Fleeting, Nginx, compare, in_turns, load, measured

SIZES = {"1 KiB": 1 << 10, "100 KiB": 100 << 10, "1 GiB": 1 << 30}
ROUNDS, SECONDS = 5, 2


def run():
    """nginx serves the very bytes on disk that an upload to us left there: how a file came into the page cache changes what sending
    it costs."""
    for cached in (False, True):
        print(f"{'nginx with open_file_cache' if cached else 'nginx with sendfile':34} {'fleeting':>10} {'nginx':>10}")
        with Fleeting() as ours, Nginx(cached) as rival:
            room, headers, _ = ours.room()
            for label, size in SIZES.items():
                ours.add_file(room, headers, str(size), os.urandom(size))
                share_newest_blob(ours, rival, str(size))
                for connections in (1, 64):
                    cell(label, connections, size, (ours, room, headers), rival, None if cached else 1.0)


def share_newest_blob(ours, rival, name):
    blob = max((ours.folder / "data" / "blobs").glob("*/*"), key=lambda path: path.stat().st_mtime_ns)
    os.link(blob, rival.folder / "data" / name)


def cell(label, connections, size, ours, rival, goal):
    server, room, headers = ours

    def download(target, path, sent=()):
        return measured(target, lambda: load("get", target.port, sent, path=path, connections=connections, seconds=SECONDS))

    pair = in_turns(ROUNDS, lambda: download(server, server.link(room, headers, str(size)), headers),
                    lambda: download(rival, f"/{size}"))
    small = size < 1 << 20
    compare(f"  {label}, {connections} connections", *pair, (lambda seen: seen["requests"] / seen["seconds"] / 1e3) if small else
            (lambda seen: seen["bytes"] / seen["seconds"] / 1e6), "k/s" if small else "MB/s", goal)
