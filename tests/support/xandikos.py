"""Xandikos as a child process: one user, no sign-in, collections kept as git repositories."""

import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

from tests.support import caldav_server
from tests.support.caldav_server import ZONE, Account, Calendar
from tests.support.dav_client import DavClient
from tests.support.process import LOOPBACK, Child, free_port, listening


class XandikosServer:
    """One Xandikos. It does no sign-in over plain HTTP, so it takes any credentials and has one user."""

    name = "xandikos"
    username = "user"
    password = "unused"

    def __init__(self, folder: Path | None = None) -> None:
        self.port = free_port()
        self._temporary = tempfile.TemporaryDirectory(prefix="freehold-xandikos-") if folder is None else None
        self._folder = folder or Path(self._temporary.name)  # type: ignore[union-attr]
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def principal_url(self, user: str = username) -> str:
        return f"{self.url}{user}/"

    def calendar_url(self, user: str, name: str) -> str:
        return f"{self.url}{user}/calendars/{name}/"

    def fresh_account(self) -> Account:
        """The one user, after all her calendars were removed."""
        home = self.calendar_url(self.username, "").rstrip("/") + "/"
        client = DavClient(home, self.username, self.password)
        for href in client.list_hrefs():
            client.request("DELETE", urljoin(home, href)).demand(204)
        return Account(self.principal_url(), self.username, self.password)

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
        data, state = self._folder / "data", self._folder / "state"
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "xandikos",
            "serve",
            "--defaults",
            "--directory",
            data,
        ]
        command += ["--current-user-principal", f"/{self.username}/", "--state-dir", state]
        command += ["--no-detect-systemd", "--listen-address", LOOPBACK, "--port", str(self.port)]
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
