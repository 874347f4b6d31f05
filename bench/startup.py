"""From the start of the process to its first answer: on an empty folder, on one that has been used, and nginx."""

import pathlib
import shutil
import tempfile
import time

from report import median
from servers import Fleeting, Nginx

ROUNDS = 11


def run(report):
    used = pathlib.Path(tempfile.mkdtemp(prefix="fleeting-bench-"))
    with Fleeting(used) as server:
        room, headers, _ = server.room()
        for index in range(20):
            server.add_file(room, headers, str(index), b"x" * 100_000)
        kept = pathlib.Path(tempfile.mkdtemp(prefix="fleeting-bench-kept-"))
        server.process.kill()
        server.process.wait()
        shutil.copytree(used, kept, dirs_exist_ok=True)
    report.promise("on a folder with a room, after kill -9", median(again(kept) for _ in range(ROUNDS)), "ms", 50)
    report.promise("on an empty folder", median(took(Fleeting) for _ in range(ROUNDS)), "ms", 50)
    report.tell("nginx", median(took(Nginx) for _ in range(ROUNDS)), "ms")
    shutil.rmtree(kept)


def again(kept):
    folder = tempfile.mkdtemp(prefix="fleeting-bench-")
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    return took(lambda: Fleeting(folder))


def took(start):
    """Milliseconds until `start()` has had its first answer."""
    began = time.monotonic()
    server = start()
    milliseconds = (time.monotonic() - began) * 1e3
    server.stop()
    return milliseconds
