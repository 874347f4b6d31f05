"""From the moment a file is stored until every open page of its room has been told."""

import socket
import threading
import time

from servers import Fleeting

PAGES, FILES = 50, 200


def run(report):
    with Fleeting(event_streams_per_session=PAGES) as server:
        room, headers, _ = server.room()
        pages = [Page(server, room, headers) for _ in range(PAGES)]
        for page in pages:
            page.is_open.wait(10)
        waits = sorted(wait for index in range(FILES) for wait in waits_for(server, room, headers, pages, f"file-{index}"))
        for page in pages:
            page.socket.shutdown(socket.SHUT_RDWR)
    report.promise(f"{FILES} files, {PAGES} pages: told after, p99", waits[int(len(waits) * 0.99)] * 1e3, "ms", 200)
    report.tell("median", waits[len(waits) // 2] * 1e3, "ms")
    report.tell("last", waits[-1] * 1e3, "ms")


def waits_for(server, room, headers, pages, name):
    """Seconds from the answer to the upload until each page heard of it; 0 where a page heard first."""
    server.add_file(room, headers, name, b"x")
    stored = time.monotonic()
    return [max(0, page.heard(name) - stored) for page in pages]


class Page(threading.Thread):
    """An open event stream that notes when each file came."""

    def __init__(self, server, room, headers):
        super().__init__(daemon=True)
        self.is_open = threading.Event()
        self.news = threading.Condition()
        self.times = {}
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"GET /api/v1/rooms/{room}/events HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
        self.start()

    def run(self):
        for line in self.socket.makefile("rb"):
            now = time.monotonic()
            if line.startswith(b"event: snapshot"):
                self.is_open.set()
            if line.startswith(b"data: ") and b'"state":"complete"' in line and b'"file"' in line:
                with self.news:
                    self.times[line.split(b'"name":"')[1].split(b'"')[0].decode()] = now
                    self.news.notify()

    def heard(self, name):
        with self.news:
            if not self.news.wait_for(lambda: name in self.times, 5):
                raise RuntimeError(f"a page never heard of {name}")
            return self.times[name]
