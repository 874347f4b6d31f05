"""Small JSON answers against nginx's `return 200`; and what a look into a room costs, which no rival has."""

from stand import Fleeting, Nginx, compare, in_turns, load, measured

ROUNDS, SECONDS = 5, 2


def run():
    print(f"{'JSON answers':34} {'fleeting':>10} {'nginx':>10}")
    with Fleeting() as ours, Nginx() as rival:
        room, headers, _ = ours.room()

        def ask(server, path="/healthz", sent=()):
            return measured(server, lambda: load("get", server.port, sent, path=path, connections=64, seconds=SECONDS))

        def rate(seen):
            return seen["requests"] / seen["seconds"] / 1e3

        compare("/healthz, 64 connections", *in_turns(ROUNDS, lambda: ask(ours), lambda: ask(rival)), rate, "k/s", 0.9)
        look = in_turns(ROUNDS, lambda: ask(ours, f"/api/v1/rooms/{room}", headers), lambda: ask(rival))
        compare("a room by its session, 64", *look, rate, "k/s", None)
