"""What a connection costs in memory: idle ones, and downloads and uploads that trickle, of small and of large files."""

import os
import subprocess
import threading
import time

from servers import BUILD, Fleeting, Nginx
from stand import load

IDLE, SLOW_UPLOADS, SLOW_DOWNLOADS = 1_000, 500, 2_000


def run(report):
    with Fleeting() as ours, Nginx() as rival:
        time.sleep(0.5)
        report.promise("memory after the start", ours.memory() / (1 << 20), "MiB", 20)
        report.promise(f"{IDLE} idle connections, each", idle(ours) / 1024, "KiB", 20)
        report.tell("the same, nginx", idle(rival) / 1024, "KiB")
    for label, size in (("100 MiB", 100 << 20), ("1 GiB", 1 << 30)):
        with Fleeting() as ours, Nginx() as rival:
            room, headers, _ = ours.room()
            ours.add_file(room, headers, "file", os.urandom(size))
            ours.share_newest_blob(rival, "file")
            name = f"{SLOW_DOWNLOADS} downloads and {SLOW_UPLOADS} uploads of {label}"
            report.promise(f"{name}, each", slow(ours, ours.link(room, headers, "file"), f"/{room}/up", headers, size) / 1024, "KiB", 96)
            report.tell("the same, nginx", slow(rival, "/file", "/up/f", {}, size) / 1024, "KiB")


def idle(server):
    """Bytes an idle connection takes once it has had an answer."""
    before = server.memory()
    holding = subprocess.Popen([BUILD / "bench" / "bench_http", "hold", "--port", str(server.port), "--path", "/healthz",
                                "--connections", str(IDLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if holding.stdout.readline() != b"holding\n":
        raise RuntimeError("the connections weren't held")
    grown = server.memory() - before
    holding.communicate()
    return grown / IDLE


def slow(server, download, upload, headers, size):
    """The most that a connection took while all trickled: a download takes 4 KiB each tenth of a second, an upload brings 16."""
    before = most = server.memory()
    runs = [threading.Thread(target=load, args=("sip", server.port, headers),
                             kwargs=dict(path=download, connections=SLOW_DOWNLOADS, chunk=4096, seconds=8, every_ms=100)),
            threading.Thread(target=load, args=("trickle", server.port, headers),
                             kwargs=dict(path=upload, connections=SLOW_UPLOADS, size=size, seconds=8, every_ms=100))]
    for run_ in runs:
        run_.start()
    while any(run_.is_alive() for run_ in runs):
        most = max(most, server.memory())
        time.sleep(0.2)
    return (most - before) / (SLOW_DOWNLOADS + SLOW_UPLOADS)
