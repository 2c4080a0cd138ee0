"""``freehold web`` as a process of its own, over a database that holds two practices."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.support.process import LOOPBACK, Child, free_port
from tests.support.web_app import ELM, fill

PATH = f"/api/v1/practices/{ELM}/providers/ada"


class Server:
    """``freehold web`` with its two workers."""

    def __init__(self, database_url: str, folder: Path, environ: Mapping[str, str]) -> None:
        self.port = free_port()
        env = {
            "FREEHOLD_DATABASE_URL": database_url,
            "FREEHOLD_DATA_DIR": str(folder / "data"),
            "FREEHOLD_SECRET_KEY": "0123456789abcdef-not-a-secret",
            "FREEHOLD_ENCRYPTION_KEYS": "3f0pVxQyvKpPqDdVw2h8K7o7m3l0n9y2x1w0v9u8t7s=",
            "FREEHOLD_PORT": str(self.port),
            "FREEHOLD_BASE_URL": f"http://{LOOPBACK}:{self.port}",
            "FREEHOLD_RATE_LIMITS": "off",
        }
        command = [sys.executable, "-m", "service.cli", "web"]
        self.log = folder / "web.log"
        self.child = Child(command, log=self.log, env={**os.environ, **env, **environ}, cwd=folder)

    def ready(self) -> bool:
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection(LOOPBACK, self.port, timeout=120)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def starts(self) -> list[str]:
        """What ada offers on the first whole day, soonest first."""
        status, found = self.call("GET", f"{PATH}/slots?service=90834")
        assert status == 200, found
        every = [slot["start"] for slot in found["slots"]]
        days = sorted({start[:10] for start in every})
        return [start for start in every if start.startswith(days[1])]


@contextmanager
def web_process(database_url: str, folder: Path, **environ: str) -> Iterator[Server]:
    fill(database_url, folder / "filling")
    server = Server(database_url, folder, environ)
    server.child.start(server.ready)
    try:
        yield server
    finally:
        server.child.stop()
