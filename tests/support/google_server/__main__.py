"""``python -m tests.support.google_server``: runs until it is ended; the first line of output says where it is."""

from __future__ import annotations

import argparse
import json
import signal
import threading

from tests.support.google_server.server import GoogleServer


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.support.google_server")
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--person", default="ada@example.com")
    arguments.add_argument("--zone", default="America/New_York")
    arguments.add_argument("--redirect", action="append", default=[])
    given = arguments.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with GoogleServer(given.port) as server:
        server.add_person(given.person, zone=given.zone)
        told = {
            "url": server.url,
            "authorized_user": server.authorized_user(given.person),
            "client_secrets": server.client_secrets(*given.redirect),
        }
        print(json.dumps(told), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
