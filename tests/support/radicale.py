"""Radicale as a child process, with a password file and one folder."""

import sys
import tempfile
import threading
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import caldav_server
from tests.support.caldav_server import ZONE, Account, Calendar
from tests.support.process import LOOPBACK, Child, free_port, listening

# Radicale waits on purpose after a wrong password; the tests do not have to.
_CONFIG = """
[server]
hosts = {host}:{port}
delay_on_error = 0
max_connections = 100
[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {data}
[web]
type = none
[logging]
level = warning
"""


class RadicaleServer:
    """One Radicale; each user sees only what lies under her own path (owner_only rights)."""

    name = "radicale"

    def __init__(
        self, folder: Path | None = None, *, username: str = "ada", password: str = "secret"
    ) -> None:
        self.username = username
        self.password = password
        self.port = free_port()
        self._temporary = tempfile.TemporaryDirectory(prefix="freehold-radicale-") if folder is None else None
        self._folder = folder or Path(self._temporary.name)  # type: ignore[union-attr]
        self._users = self._folder / "users"
        self._users_lock = threading.Lock()
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def collections(self) -> Path:
        """The folder whose tree is that of the paths, one file an object; it may be written to directly."""
        return self._folder / "data" / "collection-root"

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def principal_url(self, user: str) -> str:
        return f"{self.url}{user}/"

    def calendar_url(self, user: str, name: str) -> str:
        return f"{self.url}{user}/{name}/"

    def add_user(self, username: str, password: str) -> Account:
        """Radicale reads its password file at each request, so this holds at once."""
        with self._users_lock, self._users.open("a") as users:
            users.write(f"{username}:{password}\n")
        return Account(self.principal_url(username), username, password)

    def fresh_account(self) -> Account:
        return self.add_user(f"user-{uuid.uuid4().hex[:10]}", self.password)

    def make_calendar(
        self, account: Account, name: str = "", *, displayname: str = "Work", zone: str | None = ZONE
    ) -> Calendar:
        return caldav_server.make_calendar(self, account, name, displayname=displayname, zone=zone)

    def start(self) -> None:
        if self._child is None:
            self._child = self._configure()
        self._child.start(lambda: listening(self.port))

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    def _configure(self) -> Child:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        if not self._users.exists():
            self.add_user(self.username, self.password)
        config = self._folder / "config"
        config.write_text(_CONFIG.format(host=LOOPBACK, port=self.port, users=self._users, data=data))
        command: list[str | Path] = [sys.executable, "-m", "radicale", "--config", config]
        return Child(command, log=self._folder / "log", cwd=self._folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._temporary is not None:
            self._temporary.cleanup()
