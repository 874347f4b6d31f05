"""Ten thousand rooms, each with a file, that end in the same second: how late their rows and bytes go, and what the others feel."""

import concurrent.futures
import re
import sqlite3
import threading
import time

from servers import Fleeting
from stand import load

ROOMS = 10_000
WORKERS = 8


def run(report):
    with Fleeting(password_memory="8MiB", hash_workers=4, hash_queue=1000, sync_uploads="off") as server:
        deadline = time.time() + 75
        fill(server, deadline)
        quiet = other_people(server, seconds=4)
        gone = watch(server, deadline)
        time.sleep(max(0, deadline - time.time() - 1))
        busy = other_people(server, seconds=7)
        gone.join()
        report.promise("lateness of the rows, p99 (upper bound of its bucket)", lateness(server.metrics(), 0.99), "s", 1)
        report.promise("last row gone after the deadline", gone.rows - deadline, "s", 5)
        report.promise("last blob gone after the deadline", gone.blobs - deadline, "s", 5)
        report.promise("others' p99 meanwhile", busy["p99_us"] / 1e3, "ms", 20)
        report.tell("others' p99 before it", quiet["p99_us"] / 1e3, "ms")


def fill(server, deadline):
    """Makes the rooms so that all end within the second before `deadline`."""

    def make(index):
        left = deadline - time.time()
        name, headers, _ = server.room(name=f"r{index}", password="some password", ttl_seconds=int(left))
        server.add_file(name, headers, "a", b"x" * 4096)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(make, range(ROOMS)))


def other_people(server, seconds):
    """People in a room that goes on: one looks at it, one downloads, some 180 times a second each. The slower of both."""
    room, headers, _ = server.room()
    server.add_file(room, headers, "mine", b"y" * 4096)

    def ask(path):
        return load("get", server.port, headers, path=path, connections=1, seconds=seconds, every_ms=5)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(ask, (f"/api/v1/rooms/{room}", f"/{room}/mine")))
    return {figure: max(one[figure] for one in seen) for figure in ("p50_us", "p99_us")}


class watch(threading.Thread):
    """Looks into the data folder, from outside, for the moments when the last row and the last blob of those rooms have gone."""

    def __init__(self, server, deadline):
        super().__init__()
        self.data, self.deadline = server.folder / "data", deadline
        self.rows = self.blobs = float("inf")
        self.start()

    def run(self):
        time.sleep(max(0, self.deadline - time.time()))
        database = sqlite3.connect(f"file:{self.data / 'fleeting.db'}?mode=ro", uri=True)
        while time.time() < self.deadline + 60:
            left = database.execute("SELECT count(*) FROM room").fetchone()[0]
            if left <= 3 and self.rows == float("inf"):
                self.rows = time.time()
            if sum(1 for shard in (self.data / "blobs").iterdir() if shard.is_dir() for _ in shard.iterdir()) <= 3:
                self.blobs = time.time()
                return
            time.sleep(0.05)


def lateness(metrics, share):
    """The bound of the bucket that holds this share of all rooms that were erased."""
    buckets = re.findall(r'erase_lateness_seconds_bucket\{le="([^"]+)"\} (\d+)', metrics)
    total = int(buckets[-1][1])
    return next(float(bound) for bound, count in buckets if int(count) >= share * total)
