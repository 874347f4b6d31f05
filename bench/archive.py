"""The room as one ZIP against `zip -0` to a pipe and a plain download of as many bytes; and one of 100,000 files."""

import atexit
import functools
import http.client
import os
import pathlib
import subprocess
import tempfile
import time

from report import median
from servers import Fleeting
from stand import in_turns, load, measured, megabytes_a_second, tus

COUNT, SIZE, ROUNDS = 1_000, 1 << 20, 5
MANY = 100_000


def run(report):
    with Fleeting() as ours:
        room, headers, _ = ours.room()
        tus(ours.port, headers, path=f"/api/v1/rooms/{room}/files", connections=4, count=COUNT, size=SIZE, with_creation=True)
        path = f"/api/v1/rooms/{room}/archive.zip"
        report.compare("1,000 x 1 MiB", "zip -0", in_turns(ROUNDS, lambda: get(ours, headers, path), zip_to_pipe), megabytes_a_second, "MB/s", 3)
        whole, theirs, _ = ours.room()
        ours.add_file(whole, theirs, "whole", os.urandom(COUNT * SIZE))
        pair = in_turns(ROUNDS, lambda: get(ours, headers, path), lambda: get(ours, theirs, ours.link(whole, theirs, "whole")))
        report.compare("1,000 x 1 MiB", "our GET of 1,000 MiB", pair, megabytes_a_second, "MB/s", 0.9)
    with Fleeting() as ours:
        room, headers, _ = ours.room()
        tus(ours.port, headers, path=f"/api/v1/rooms/{room}/files", connections=4, count=MANY, size=16, with_creation=True)
        before = ours.memory()
        seen = [first_byte(ours, room, headers) for _ in range(ROUNDS)]
        report.promise(f"{MANY} files: first byte after", median(seen) * 1e3, "ms", 100)
        most = before
        with subprocess.Popen(["curl", "-s", "-o", "/dev/null", "-H", f"Authorization: {headers['Authorization']}",
                               f"http://127.0.0.1:{ours.port}/api/v1/rooms/{room}/archive.zip"]) as reader:
            while reader.poll() is None:
                most = max(most, ours.memory())
                time.sleep(0.02)
        report.promise(f"{MANY} files: more memory while it is read", (most - before) / (1 << 20), "MiB", 32)


def get(server, headers, path):
    return measured(server, lambda: load("get", server.port, headers, path=path, connections=1, seconds=1))


def zip_to_pipe():
    """`zip -0` of as many files of a folder, its output read away by another process."""
    folder = zip_folder()
    began = time.monotonic()
    subprocess.run("zip -0 -q -r - . | cat > /dev/null", shell=True, check=True, cwd=folder)
    return {"bytes": COUNT * SIZE, "seconds": time.monotonic() - began}


@functools.cache
def zip_folder():
    folder = tempfile.TemporaryDirectory(prefix="fleeting-bench-zip-")
    atexit.register(folder.cleanup)
    for index in range(COUNT):
        pathlib.Path(folder.name, str(index)).write_bytes(os.urandom(SIZE))
    return folder.name


def first_byte(server, room, headers):
    """Seconds until the first byte of the body is here."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    began = time.monotonic()
    connection.request("GET", f"/api/v1/rooms/{room}/archive.zip", headers=headers)
    connection.getresponse().read(1)
    seconds = time.monotonic() - began
    connection.close()
    return seconds
