"""The whole program as a user starts it: ``freehold up`` with a practice whose provider keeps a calendar."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.caldav_server import Calendar
from tests.support.process import Child, free_port, wait_until

SECRET = "ADA_CALDAV_PASSWORD"


def practice_text(calendar: Calendar, *, rules: str = "", more: str = "") -> str:
    """One practice, one provider who offers every day from 8 to 18 in New York, one service of 45 minutes."""
    return f"""\
[practice]
slug = "elm-street"
name = "Elm Street Therapy"
timezone = "America/New_York"
phone = "+1 555 0100"
self_scheduling = true

[rules]
minimum_notice = "1h"
decision_grace = "0m"
max_per_day = 0
open_requests_per_client = 200
{rules}

[[services]]
code = "90834"
name = "Individual session"
minutes = 45
modes = ["in_person"]

[[providers]]
slug = "ada"
name = "Ada Byron"
email = "ada@example.com"
timezone = "America/New_York"
self_scheduling = true

  [[providers.accounts]]
  name = "ada-home"
  kind = "caldav"
  url = "{calendar.url.rsplit("/", 2)[0]}/"
  username = "{calendar.username}"
  password_env = "{SECRET}"

    [[providers.accounts.calendars]]
    match = "{calendar.displayname}"
    role = "write"

  [[providers.availability]]
  days = ["mo", "tu", "we", "th", "fr", "sa", "su"]
  start = "08:00"
  end = "18:00"
  modes = ["in_person"]

[[users]]
email = "owner@example.com"
role = "owner"

[[users]]
email = "ada@example.com"
role = "provider"

[[users]]
email = "ops@example.com"
role = "ops"
{more}"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RunningService:
    """``url`` is where the pages are; ``token`` is an owner's, set once the practice has been applied."""

    folder: Path
    env: dict[str, str]
    url: str
    child: Child
    token: str = ""
    log: Path = field(default=Path())

    def cli(
        self, *words: str, check: bool = True, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "service.cli", *words],
            env=self.env,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"freehold {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
        return done

    def apply(self, text: str) -> None:
        self.cli("apply", "-", text=text)
        if not self.token:
            self.token = self.cli("token", "create", "--role", "owner", "--name", "tests").stdout.strip()

    def login_link(self, email: str) -> str:
        return self.cli("login-link", email).stdout.strip()

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call of the API; ``token`` empty: without one."""
        given = self.token if token is None else token
        asked = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                **({"Authorization": f"Bearer {given}"} if given else {}),
                **({"Content-Type": "application/json"} if body is not None else {}),
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def start(self) -> None:
        self.child.start(self.healthy)

    def stop(self) -> None:
        self.child.stop()

    def slots(self, **query: str) -> list[str]:
        """Starts on offer of ada's one service."""
        words = "&".join(f"{name}={value}" for name, value in {"service": "90834", **query}.items())
        found = self.call("GET", f"/practices/elm-street/providers/ada/slots?{words}", token="")
        assert found.status == 200, found.body
        return [slot["start"] for slot in found.json["slots"]]

    def ask(self, start: str, *, name: str = "Grace Hopper", email: str = "grace@example.com") -> Answer:
        return self.call(
            "POST",
            "/practices/elm-street/providers/ada/requests",
            {
                "service": "90834",
                "start": start,
                "mode": "in_person",
                "client": {"name": name, "email": email},
            },
            token="",
        )


def wait_for(condition: Any, what: str, *, timeout_seconds: float = 120) -> None:
    wait_until(condition, what=what, timeout_seconds=timeout_seconds)


def environment(
    folder: Path, *, database_url: str, port: int, password: str = "", **environ: str
) -> dict[str, str]:
    """What the program is started with, every part of it."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "FREEHOLD_DATA_DIR": str(folder / "data"),
        "FREEHOLD_DATABASE_URL": database_url,
        "FREEHOLD_SECRET_KEY": "not-secret-for-it-is-the-key-of-a-test-only",
        "FREEHOLD_ENCRYPTION_KEYS": "5Wh2aTIH3vZ0q0v8m8CkL5x2v9g9b0a8mJm1l2k3j4U=",
        "FREEHOLD_PORT": str(port),
        "FREEHOLD_ALLOW_PRIVATE_HOSTS": "1",
        "FREEHOLD_RATE_LIMITS": "off",
        "FREEHOLD_WEB_CONCURRENCY": "1",
        SECRET: password,
        **environ,
    }


@contextmanager
def running_service(
    folder: Path, *, database_url: str, password: str = "", environ: Mapping[str, str] | None = None
) -> Iterator[RunningService]:
    """The program with its own data folder and port; ended with the block."""
    port = free_port()
    env = environment(folder, database_url=database_url, port=port, password=password, **(environ or {}))
    log = folder / "service.log"
    child = Child([sys.executable, "-m", "service.cli", "up"], log=log, env=env)
    service = RunningService(folder, env, f"http://127.0.0.1:{port}", child, log=log)
    try:
        service.start()
        yield service
    finally:
        service.stop()
