"""A practice as its pages show it: the real application in this process, a real calendar server, a clock to turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from service.people.sign_in import create_login_link
from service.practice_file.commands import Place, apply_command
from service.runtime import Runtime
from service.work import drain_all
from tests.support import ics
from tests.support.caldav_server import CalDavServer, Calendar
from tests.support.dav_client import DavClient
from tests.support.process import free_port
from tests.support.runtimes import HandClock, runtime_on
from tests.support.serving import serving

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 16, 9, 20, tzinfo=NEW_YORK).astimezone(UTC)
"""When every page world begins."""
PASSWORD = "ADA_CALDAVPASSWORD"


def practice_text(calendar: Calendar, *, rules: str = "", more: str = "", switches: str = "true") -> str:
    """Ada's calendar is at a CalDAV server."""
    account = f"""
  [[providers.accounts]]
  name = "ada-home"
  kind = "caldav"
  url = "{calendar.url.rsplit("/", 2)[0]}/"
  username = "{calendar.username}"
  password_env = "{PASSWORD}"

    [[providers.accounts.calendars]]
    match = "{calendar.displayname}"
    role = "write"
"""
    return practice_of(account, rules=rules, more=more, switches=switches)


def practice_of(
    account: str, *, rules: str = "", services: str = "", more: str = "", switches: str = "true"
) -> str:
    """``account`` is Ada's, ``services`` come behind the three that there are, ``more`` at the end."""
    return f"""\
[practice]
slug = "elm-street"
name = "Elm Street Therapy"
timezone = "America/New_York"
phone = "+1 555 0100"
self_scheduling = {switches}

[rules]
minimum_notice = "12h"
cancel_notice = "12h"
increment = "45m"
{rules}

[[services]]
code = "90791"
name = "First conversation"
minutes = 60
modes = ["in_person", "telehealth"]

[[services]]
code = "90834"
name = "Individual session"
minutes = 45
buffer_after = "10m"
modes = ["in_person", "telehealth"]

[[services]]
code = "90847"
name = "Couples session"
minutes = 90
modes = ["in_person"]
{services}
[[locations]]
slug = "main"
name = "Elm Street"
address = "12 Elm Street, 2nd floor"

[[providers]]
slug = "ada"
name = "Ada Byron"
email = "ada@example.com"
timezone = "America/New_York"
self_scheduling = true
{account}
  [[providers.availability]]
  days = ["mo", "tu", "we", "th"]
  start = "09:00"
  end = "19:00"
  location = "main"

[[providers]]
slug = "grace"
name = "Grace Murray"
email = "grace.murray@example.com"
timezone = "America/New_York"
self_scheduling = true
services = ["90834"]

  [[providers.availability]]
  days = ["fr", "sa"]
  start = "10:00"
  end = "15:00"
  modes = ["telehealth"]

[[users]]
email = "owner@example.com"
role = "owner"

[[users]]
email = "ada@example.com"
role = "provider"

[[users]]
email = "ops@example.com"
role = "ops"

[page]
privacy_url = "https://elm-street.example/privacy"
{more}"""


@dataclass
class PageWorld:
    """``url`` is where a browser finds the pages; ``server`` and ``calendar`` are the provider's own."""

    runtime: Runtime
    clock: HandClock
    url: str
    folder: Path
    server: CalDavServer
    calendar: Calendar

    @property
    def client(self) -> DavClient:
        return self.calendar.client()

    def apply(self, text: str) -> None:
        place = Place({PASSWORD: self.calendar.password or "unused"}, self.folder, True)
        code, _, told = apply_command(
            "-", stdin=text.encode, place=place, database=self.runtime.database,
            cipher=self.runtime.sealer, now=self.clock(),
        )  # fmt: skip
        assert code == 0, told

    def work(self) -> None:
        """Do all that is due, as the workers would."""
        drain_all(self.runtime)

    def login_link(self, email: str) -> str:
        with self.runtime.database.write() as connection:
            return create_login_link(
                connection, self.runtime.tokens, email, base_url=self.url, now=self.clock()
            )

    def busy(self, title: str, start: datetime, minutes: int) -> None:
        """An event in the provider's own calendar; ``start`` in New York."""
        text = ics.timed(
            title, start.replace(tzinfo=None), timedelta(minutes=minutes), tzid=ics.NEW_YORK, summary=title
        )
        self.client.put_event(title.replace(" ", "-"), text)


@contextmanager
def page_world(folder: Path, server: CalDavServer, *, rules: str = "", more: str = "") -> Iterator[PageWorld]:
    """The practice with an ordinary week in Ada's calendar, read just now."""
    calendar = server.make_calendar(server.fresh_account())
    port = free_port()
    clock = HandClock(MONDAY)
    url = f"http://127.0.0.1:{port}"
    with runtime_on(
        f"sqlite:///{folder / 'freehold.db'}", folder, clock, BASE_URL=url, RATE_LIMITS="off", PORT=str(port)
    ) as runtime:
        world = PageWorld(runtime, clock, url, folder, server, calendar)
        _an_ordinary_week(world)
        world.apply(practice_text(calendar, rules=rules, more=more))
        world.work()
        with serving(runtime, port):
            yield world


def _an_ordinary_week(world: PageWorld) -> None:
    tuesday = MONDAY.astimezone(NEW_YORK).replace(hour=9, minute=0) + timedelta(days=1)
    for days, hour, minutes, title in (
        (0, 9, 180, "Supervision"),
        (0, 15, 60, "Dentist"),
        (1, 9, 480, "Training day"),
        (2, 12, 60, "Lunch with Mary"),
        (7, 13, 120, "Team"),
    ):
        world.busy(title, (tuesday + timedelta(days=days)).replace(hour=hour), minutes)
