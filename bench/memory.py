"""What a connection costs in memory: idle ones, and uploads that trickle."""

import subprocess
import threading
import time

from stand import BUILD, Fleeting, Nginx, load, promise

IDLE, SLOW = 1_000, 500


def run():
    with Fleeting() as ours, Nginx() as rival:
        time.sleep(0.5)
        promise("memory after the start", ours.memory() / (1 << 20), "MiB", 20)
        for server in (ours, rival):
            each = idle(server) / 1024
            promise(f"{IDLE} idle connections, each", each, "KiB", 20) if server is ours else print(f"  nginx: {each:.1f} KiB")
    with Fleeting() as ours, Nginx() as rival:
        room, headers, _ = ours.room()
        each = slow(ours, f"/{room}/slow", headers) / 1024
        promise(f"{SLOW} slow uploads, each", each, "KiB", 96)
        print(f"  nginx: {slow(rival, '/up/slow', {}) / 1024:.1f} KiB")


def idle(server):
    """Bytes an idle connection takes once it has had an answer."""
    before = server.memory()
    holding = subprocess.Popen([BUILD / "bench" / "bench_load", "hold", "--port", str(server.port), "--path", "/healthz",
                                "--connections", str(IDLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if holding.stdout.readline() != b"holding\n":
        raise RuntimeError("the connections weren't held")
    grown = server.memory() - before
    holding.communicate()
    return grown / IDLE


def slow(server, path, headers):
    """The most that an upload took while all trickled 16 KiB each tenth of a second."""
    before = server.memory()
    trickle = threading.Thread(target=load, args=("trickle", server.port, headers),
                               kwargs=dict(path=path, connections=SLOW, size=1 << 30, seconds=6, every_ms=100))
    trickle.start()
    most = before
    while trickle.is_alive():
        most = max(most, server.memory())
        time.sleep(0.2)
    return (most - before) / SLOW
