"""The demonstration's CalDAV server: Radicale, run as a child process and never imported by the program.

``python -m service.demo.calendar_server FOLDER PORT`` is that child.
"""

from __future__ import annotations

import importlib.util
import os
import runpy
import secrets
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.kept_secrets import kept_secret, private_folder
from service.lifeline import watch_parent
from service.process_child import ChildSpec

HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 5232
USERS: Final = ("ada", "grace")
_START_SECONDS: Final = 30.0
_CONFIG: Final = """\
[server]
hosts = {host}:{port}
max_connections = 50
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/storage
[web]
type = none
[logging]
level = warning
"""


@dataclass(frozen=True, slots=True)
class CalendarServer:
    """Where the server keeps its data, where it listens, and the one password of its users."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def child(self) -> ChildSpec:
        return ChildSpec("caldav", (sys.executable, "-m", __name__, str(self.folder), str(self.port)))

    @property
    def filled(self) -> Path:
        """A file that is there once the sample events are: from then on the calendars are people's own."""
        return self.folder / "filled"

    def remember_port(self) -> None:
        """The next start listens where the calendars' addresses say, if it can."""
        _port_file(self.folder).write_text(f"{self.port}\n", encoding="ascii")

    def wait(self) -> None:
        """Returns once it listens. Raises TimeoutError."""
        deadline = time.monotonic() + _START_SECONDS
        while not listens(self.port):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the CalDAV server does not start: see {self.folder}/server.log")
            time.sleep(0.05)


def is_installed() -> bool:
    return importlib.util.find_spec("radicale") is not None


def calendar_server(data_dir: Path) -> CalendarServer:
    """The server of this data folder: with the port of last time, or another if that is taken by now."""
    folder = private_folder(data_dir / "caldav")
    password = kept_secret(folder / "password", lambda: secrets.token_urlsafe(12))
    users = folder / "users"
    users.touch(mode=0o600)
    users.write_text("".join(f"{user}:{password}\n" for user in USERS), encoding="ascii")
    return CalendarServer(folder, _free_port(last_port(folder) or USUAL_PORT), password)


def last_port(folder: Path) -> int | None:
    """Where the server listened last time; None before the first."""
    try:
        return int(_port_file(folder).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def _port_file(folder: Path) -> Path:
    return folder / "port"


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no port is free on {HOST}")


def _serve(folder: Path, port: int) -> None:
    watch_parent()
    # Its lines are no JSON, and nothing of the program's.
    log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    config = folder / "config"
    config.write_text(_CONFIG.format(host=HOST, port=port, folder=folder), encoding="utf-8")
    sys.argv = ["radicale", "--config", str(config)]
    runpy.run_module("radicale", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
