"""A folder of 10,000 files of 4 KiB over six connections: by tus's creation-with-upload, each a committed row too, against nginx's DAV PUT.

Nothing is removed between the rounds: ext4 looks at each inode that was freed in the last minute before it makes a new one, and
10,000 of them would make either side ten times slower.
"""

import uuid

from servers import Fleeting, Nginx
from stand import in_turns, load, measured, thousands_a_second, tus

COUNT, SIZE, CONNECTIONS, ROUNDS = 10_000, 4096, 6, 5  # six: what a browser opens to one server


def run(report):
    for sync in ("off", "on"):
        with Fleeting(sync_uploads=sync) as ours, Nginx() as rival:
            pair = in_turns(ROUNDS, lambda: to_us(ours), lambda: to_nginx(rival))
            name = f"10,000 x 4 KiB{', synced' if sync == 'on' else ''}"
            report.compare(name, "nginx", pair, thousands_a_second, "k/s", 0.7 if sync == "off" else None)
            report.promise(f"{name}: files a second", sorted(map(thousands_a_second, pair[0]))[ROUNDS // 2] * 1e3, "/s", None, least=2000)


def to_us(server):
    room, headers, _ = server.room()
    return measured(server, lambda: tus(server.port, headers, path=f"/api/v1/rooms/{room}/files", connections=CONNECTIONS, count=COUNT,
                                        size=SIZE, with_creation=True))


def to_nginx(server):
    path = f"/up/{uuid.uuid4().hex}-"
    return measured(server, lambda: load("put", server.port, path=path, connections=CONNECTIONS, count=COUNT, size=SIZE))
