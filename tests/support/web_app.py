"""The web application over a real database with two practices, and clients: browsers and programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from booking.roles import Role
from booking.store.tables import hold, practice, provider
from service.app import create_app
from service.people.sign_in import create_login_link
from service.people.tokens import create_api_token
from service.practice_file.commands import Place, apply_command
from service.runtime import Runtime
from service.schema import upgrade
from service.settings import load_settings
from sync.codecs.stored import dump_series
from sync.model.event import Event, Series
from sync.model.identity import new_id
from sync.model.moments import Length, WallTime
from sync.store import tables as mirror

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""10 in the morning in New York, where the practices are."""
BASE_URL = "http://127.0.0.1:8000"
ELM, OAK = "elm-street", "oak-lane"
SECRET_TITLE = "Dentist ZQXTITLE"


def practice_text(slug: str) -> str:
    """Providers ada and grace take bookings every day from 9 to 17, one service of 45 minutes every 15."""
    return f"""\
[practice]
slug = "{slug}"
name = "Practice {slug}"
timezone = "America/New_York"
phone = "+1 555 0100"
self_scheduling = true

[rules]
minimum_notice = "1h"
decision_grace = "0m"
max_per_day = 0

[[services]]
code = "90834"
name = "Individual session"
minutes = 45
modes = ["in_person", "telehealth"]
{"".join(_provider_text(name) for name in ("ada", "grace"))}
[[clients]]
id = "c-1"
name = "Grace Hopper ZQXCLIENT"
email = "client@example.com"
status = "active"

[[users]]
email = "owner@example.com"
role = "owner"

[[users]]
email = "manager@example.com"
role = "manager"

[[users]]
email = "ops@example.com"
role = "ops"

[[users]]
email = "ada@example.com"
role = "provider"

[[users]]
email = "only@{slug}.example"
role = "owner"
"""


def _provider_text(name: str) -> str:
    return f"""
[[providers]]
slug = "{name}"
name = "{name.title()} Byron"
email = "{name}@example.com"
timezone = "America/New_York"
self_scheduling = true

  [[providers.availability]]
  days = ["mo", "tu", "we", "th", "fr", "sa", "su"]
  start = "09:00"
  end = "17:00"
  modes = ["in_person", "telehealth"]

  [[providers.holds]]
  name = "evening"
  days = ["su"]
  start = "16:00"
  end = "17:00"
  for = ["status:active"]
  release = {{ day = "fr", time = "18:00", weeks_ahead = 1 }}
"""


class Hands:
    """A clock that goes when it is told to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Web:
    """The application and what tests need of it. ``tokens`` keeps one API token for each role and practice."""

    runtime: Runtime
    app: Flask
    clock: Hands
    tokens: dict[tuple[str, Role, str | None], str] = field(default_factory=dict)

    def browser(self) -> FlaskClient:
        """A visitor without cookies."""
        return self.app.test_client()

    def signed_in(self, email: str, practice_slug: str = ELM) -> FlaskClient:
        browser = self.browser()
        answer = post_form(browser, self.login_path(email, practice_slug))
        assert answer.status_code == 303, answer.text
        return browser

    def login_path(self, email: str, practice_slug: str = ELM) -> str:
        with self.runtime.database.write() as connection:
            url = create_login_link(
                connection,
                self.runtime.tokens,
                email,
                base_url=BASE_URL,
                practice_slug=practice_slug,
                now=self.clock(),
            )
        return url.removeprefix(BASE_URL)

    def token(self, role: Role, practice_slug: str = ELM, provider_slug: str | None = None) -> str:
        """A token of the role; of a provider it is ada's unless another is named."""
        if role is Role.PROVIDER and provider_slug is None:
            provider_slug = "ada"
        key = (practice_slug, role, provider_slug)
        if key not in self.tokens:
            with self.runtime.database.write() as connection:
                self.tokens[key] = create_api_token(
                    connection,
                    self.runtime.tokens,
                    practice_id=self.practice_id(practice_slug),
                    role=role,
                    name="for tests",
                    provider_slug=provider_slug,
                    now=self.clock(),
                )
        return self.tokens[key]

    def practice_id(self, slug: str = ELM) -> str:
        with self.runtime.database.read() as connection:
            found: str = connection.execute(select(practice.c.id).where(practice.c.slug == slug)).scalar_one()
            return found

    def provider_id(self, slug: str = "ada", practice_slug: str = ELM) -> str:
        with self.runtime.database.read() as connection:
            found: str = connection.execute(
                select(provider.c.id)
                .join(practice, practice.c.id == provider.c.practice_id)
                .where(practice.c.slug == practice_slug, provider.c.slug == slug)
            ).scalar_one()
            return found

    def hold_id(self, provider_slug: str = "ada", practice_slug: str = ELM) -> str:
        with self.runtime.database.read() as connection:
            found: str = connection.execute(
                select(hold.c.id).where(hold.c.provider_id == self.provider_id(provider_slug, practice_slug))
            ).scalar_one()
            return found

    def call(self, method: str, path: str, token: str | None = None, **given: Any) -> TestResponse:
        """A call of the API by a program: no cookies, a bearer token if there is one."""
        headers = dict(given.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        client = self.app.test_client(use_cookies=False)
        return client.open(f"/api/v1{path}", method=method, headers=headers, base_url=BASE_URL, **given)

    def make_calendar(self, provider_slug: str = "ada", practice_slug: str = ELM) -> dict[str, str]:
        """An account with one calendar, read just now, that holds one event with a history; the ids."""
        ids = {"account": new_id(), "calendar": new_id(), "entry": new_id()}
        scope = {
            "practice_id": self.practice_id(practice_slug),
            "provider_id": self.provider_id(provider_slug, practice_slug),
        }
        now = self.clock()
        event = Event(
            WallTime(datetime(2026, 3, 9, 9), "America/New_York"),
            Length(0, timedelta(hours=1)),
            summary=SECRET_TITLE,
        )
        stored = dump_series(Series("uid-1@example.com", event))
        sealed = self.runtime.sealer.encrypt(stored)
        with self.runtime.database.write() as connection:
            connection.execute(
                insert(mirror.account).values(
                    id=ids["account"], name="home", kind="caldav", state="ok", created_at=now,
                    discovered_at=now, discover_due_at=now + timedelta(days=1), **scope,
                )
            )  # fmt: skip
            connection.execute(
                insert(mirror.calendar).values(
                    id=ids["calendar"], account_id=ids["account"], remote_id="work", name="Work",
                    url="https://dav.example.com/work/", role="busy", state="ok", created_at=now,
                    checked_at=now, due_at=now + timedelta(days=9), **scope,
                )
            )  # fmt: skip
            connection.execute(
                insert(mirror.entry).values(
                    id=ids["entry"], practice_id=scope["practice_id"], calendar_id=ids["calendar"],
                    origin="remote", uid="uid-1@example.com", href="/work/1.ics", agreed_print="p",
                    agreed_enc=self.runtime.sealer.seal(stored, row=ids["entry"]), created_at=now,
                )
            )  # fmt: skip
            connection.execute(
                insert(mirror.busy).values(
                    entry_id=ids["entry"], calendar_id=ids["calendar"],
                    starts_at=datetime(2026, 3, 9, 13, tzinfo=UTC), ends_at=datetime(2026, 3, 9, 14, tzinfo=UTC),
                    **scope,
                )
            )  # fmt: skip
            connection.execute(
                insert(mirror.history).values(
                    id=new_id(), practice_id=scope["practice_id"], calendar_id=ids["calendar"],
                    entry_id=ids["entry"], uid="uid-1@example.com", at=now, direction="in",
                    remote_version="1", after_enc=sealed, decision="pull", reason="the remote changed",
                )
            )  # fmt: skip
        return ids

    def ask(self, **changes: Any) -> dict[str, Any]:
        """The body of a request for the first start after tomorrow."""
        body: dict[str, Any] = {
            "service": "90834",
            "start": "2026-03-04T09:00:00-05:00",
            "mode": "in_person",
            "client": {"name": "Ann Lee", "email": "ann@example.com"},
        }
        return body | changes


@contextmanager
def web_app(database_url: str, folder: Path, **environ: str) -> Iterator[Web]:
    """The application over ``database_url``, which holds what ``filled`` put there."""
    settings = load_settings(
        {
            "FREEHOLD_DATABASE_URL": database_url,
            "FREEHOLD_DATA_DIR": str(folder),
            "FREEHOLD_SECRET_KEY": "0123456789abcdef-not-a-secret",
            "FREEHOLD_ENCRYPTION_KEYS": "3f0pVxQyvKpPqDdVw2h8K7o7m3l0n9y2x1w0v9u8t7s=",
            "FREEHOLD_BASE_URL": BASE_URL,
            **environ,
        },
        None,
    )
    clock = Hands(MONDAY)
    runtime = Runtime.build(settings, clock=clock)
    try:
        yield Web(runtime, create_app(runtime), clock)
    finally:
        runtime.close()


def fill(database_url: str, folder: Path) -> None:
    """Brings the schema up to date and makes both practices."""
    with web_app(database_url, folder) as web:
        upgrade(web.runtime.database)
        for slug in (ELM, OAK):
            code, _, told = apply_command(
                "-",
                stdin=lambda slug=slug: practice_text(slug).encode(),
                place=Place({}, folder, False),
                database=web.runtime.database,
                cipher=web.runtime.sealer,
                now=web.clock(),
            )
            assert code == 0, told


_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def form_token(browser: FlaskClient, path: str = "/login") -> str:
    """The token in the form of a page, as this browser gets it."""
    answer = browser.get(path, base_url=BASE_URL)
    found = _TOKEN.search(answer.text)
    assert found, answer.text
    return found[1]


def post_form(
    browser: FlaskClient, path: str, *, page: str | None = None, headers: Any = None, **fields: str
) -> TestResponse:
    """Looks at the page with the form, then sends it as a browser does."""
    token = form_token(browser, page or path)
    return browser.post(path, data={"csrf_token": token, **fields}, headers=headers, base_url=BASE_URL)
