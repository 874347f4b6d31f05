"""Very many event streams of a room in one process, which tells when each was told of something.

stream_crowd.py PORT ROOM COUNT; the first line of standard input is a list of tokens, which the streams share evenly. Tells
"open" once each has its snapshot. To each further line, a text and for how many seconds to sleep, it tells "ready", sleeps, and
tells when what the text is in came to each, in ms since 1970. The times are the kernel's, of when the bytes came: in the world
each stream is another machine's, and one process takes as long to read them all as a server to write them.
"""

import json
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
AT_ONCE = 200
PATIENCE = 60


def open_streams(port, room, count, tokens):
    streams = []
    while len(streams) < count:
        begun = [begin(port, room, tokens[n * len(tokens) // count]) for n in range(len(streams), min(count, len(streams) + AT_ONCE))]
        for stream in begun:
            read_until(stream, b"event: snapshot", b"\n\n")
        streams += begun
    return streams


def begin(port, room, token):
    stream = socket.create_connection(("127.0.0.1", port))
    stream.settimeout(PATIENCE)
    stream.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    stream.sendall(f"GET /api/v1/rooms/{room}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return stream


def read_until(stream, *texts):
    """Reads until each of the texts has come, one behind the other."""
    got = b""
    for text in texts:
        while text not in got:
            more = stream.recv(65536)
            if not more:
                sys.exit("a stream has ended")
            got += more
        got = got.split(text, 1)[1]


def told_at(stream, text):
    """When the bytes came that begin what the text is in."""
    first, ancillary, _, _ = stream.recvmsg(1, socket.CMSG_SPACE(16))
    if not first:
        sys.exit("a stream has ended")
    seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
    read_until(stream, text)
    return seconds * 1e3 + nanoseconds / 1e6


def drain(stream):
    """Reads what has come by itself, of who comes and goes."""
    stream.setblocking(False)
    try:
        while stream.recv(65536):
            pass
    except BlockingIOError:
        stream.settimeout(PATIENCE)


def main():
    port, room, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    streams = open_streams(port, room, count, json.loads(sys.stdin.readline()))
    print("open", flush=True)
    for line in sys.stdin:
        text, seconds = line.split()
        for stream in streams:
            drain(stream)
        print("ready", flush=True)
        time.sleep(float(seconds))
        print(json.dumps([told_at(stream, text.encode()) for stream in streams]), flush=True)


main()
