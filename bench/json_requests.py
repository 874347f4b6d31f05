"""Small JSON answers against nginx's `return 200`; and what a look into a room costs, which no rival has."""

from servers import Fleeting, Nginx
from stand import in_turns, load, measured, thousands_a_second

ROUNDS, SECONDS = 5, 2


def run(report):
    with Fleeting() as ours, Nginx() as rival:
        room, headers, _ = ours.room()

        def ask(server, path="/healthz", sent=()):
            return measured(server, lambda: load("get", server.port, sent, path=path, connections=64, seconds=SECONDS))

        report.compare("/healthz, 64 connections", "nginx", in_turns(ROUNDS, lambda: ask(ours), lambda: ask(rival)), thousands_a_second, "k/s", 0.9)
        look = in_turns(ROUNDS, lambda: ask(ours, f"/api/v1/rooms/{room}", headers), lambda: ask(rival))
        report.compare("a room by its session, 64", "nginx return 200", look, thousands_a_second, "k/s")
