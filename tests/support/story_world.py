"""A practice for stories: its pages in this process, Ada's calendar at either backend, its mails, a clock to turn."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from booking.store.tables import mail
from service.mailing.composing import compose
from service.people.sign_in import create_login_link
from service.practice_file.commands import Place, apply_command
from service.runtime import Runtime
from service.work import drain_all
from tests.support import her_calendar, ics
from tests.support.her_calendar import HerCalendar
from tests.support.page_world import MONDAY, practice_of
from tests.support.process import free_port
from tests.support.runtimes import HandClock, runtime_on
from tests.support.serving import serving

GRACE = timedelta(minutes=2)
_RULES = """\
reschedule_notice = "12h"
open_requests_per_client = 9
"""
_GROUP = """
[[services]]
code = "90853"
name = "Evening group"
minutes = 90
modes = ["in_person"]
capacity = 2
"""
_MORE = """
[[providers]]
slug = "max"
name = "Max Born"
email = "max@example.com"
timezone = "America/New_York"
self_scheduling = true
services = ["90834"]

  [[providers.availability]]
  days = ["mo", "tu", "we", "th"]
  start = "09:00"
  end = "17:00"
  location = "main"

[[clients]]
id = "c-1"
name = "Grace Hopper"
email = "grace@example.com"
phone = "+1 555 0142"
status = "active"
providers = ["ada"]
tags = ["regulars"]
contacts = [{ name = "Mary Hopper", email = "mary@example.com", relation = "mother" }]
"""
_NAMES = ("Hopper", "@example.com", "555 0142", "Zqxnote")
"""What no byte in a calendar may say of a client."""


@dataclass
class StoryWorld:
    """It begins on Monday, 16 November 2026, at 9:20 in New York."""

    runtime: Runtime
    clock: HandClock
    url: str
    folder: Path
    calendar: HerCalendar

    def apply(self, *, hers: str = "") -> None:
        """``hers`` is what Ada's part of the practice file says beside her account."""
        text = practice_of(self.calendar.account + hers, rules=_RULES, services=_GROUP, more=_MORE)
        place = Place(self.calendar.environ, self.folder, True)
        code, _, told = apply_command(
            "-", stdin=text.encode, place=place, database=self.runtime.database,
            cipher=self.runtime.sealer, now=self.clock(),
        )  # fmt: skip
        assert code == 0, told

    def work(self) -> None:
        """Do all that is due, as the workers would."""
        drain_all(self.runtime)

    def later(self, length: timedelta = GRACE + timedelta(seconds=1)) -> None:
        """Time goes by, as much as settles a decision, and what is due then is done."""
        self.clock.instant += length
        self.work()

    def reread(self) -> None:
        """What she did in her calendar is read, and has settled."""
        self.later(timedelta(minutes=6))
        self.later()

    def login_link(self, email: str) -> str:
        with self.runtime.database.write() as connection:
            return create_login_link(
                connection, self.runtime.tokens, email, base_url=self.url, now=self.clock()
            )

    # What stands in the calendar

    def entries(self) -> list[tuple[str, str, str]]:
        """Our dates in her calendar: when (``Thu 19 10:30``), title, status."""
        return her_calendar.entries(self.calendar)

    def ours(self) -> dict[str, str]:
        """Our events by name. None of them says more of a client than initials."""
        found = her_calendar.ours(self.calendar)
        assert [name for name in _NAMES if any(name in text for text in found.values())] == []
        return found

    def the_one(self) -> str:
        """The name of our only event."""
        (name,) = self.ours()
        return name

    def change(self, old: str, new: str) -> None:
        """She edits our only event: one text for another."""
        name = self.the_one()
        text = self.calendar.texts()[name]
        assert old in text, text
        self.calendar.put(name, text.replace(old, new))

    def drag(self, by: timedelta) -> None:
        name = self.the_one()
        self.calendar.put(name, her_calendar.moved(self.calendar.texts()[name], by))

    def remove(self) -> None:
        self.calendar.remove(self.the_one())

    def busy(self, name: str, start: datetime, minutes: int) -> None:
        """An event of hers; ``start`` on New York's clock."""
        length = timedelta(minutes=minutes)
        self.calendar.put(name, ics.timed(name, start, length, tzid=ics.NEW_YORK, summary=name))

    # What was mailed

    def mails(self, to: str) -> list[str]:
        """The kinds of mail that went to an address, in order."""
        return [row.kind for row in self._sent(to)]

    def mail(self, kind: str, to: str) -> EmailMessage:
        """The latest of that kind to an address."""
        return self.composed([row for row in self._sent(to) if row.kind == kind][-1])

    def composed(self, row: Row[Any]) -> EmailMessage:
        with self.runtime.database.read() as connection:
            return compose(connection, self.runtime, row, self.clock())

    def text(self, kind: str, to: str) -> str:
        return _text(self.mail(kind, to))

    def link(self, kind: str, to: str, path: str) -> str:
        """The address in that mail that begins with ``path``."""
        return self.link_in(self.mail(kind, to), path)

    def link_in(self, message: EmailMessage, path: str) -> str:
        found = re.search(re.escape(self.url + path) + r"\S*", _text(message))
        assert found, _text(message)
        return found[0]

    def _sent(self, to: str) -> list[Row[Any]]:
        wanted = (
            select(mail)
            .where(mail.c.recipient == to, mail.c.sent_at.is_not(None), mail.c.dropped.is_(None))
            .order_by(mail.c.sent_at, mail.c.created_at)
        )
        with self.runtime.database.read() as connection:
            return list(connection.execute(wanted).all())


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return "" if body is None else str(body.get_content())


@contextmanager
def story_world(folder: Path, calendar: HerCalendar, schema: Path) -> Iterator[StoryWorld]:
    """``schema`` is a SQLite file to begin with. On Tuesday she supervises, on Thursday at noon she has lunch."""
    shutil.copy(schema, folder / "freehold.db")
    port, clock = free_port(), HandClock(MONDAY)
    url = f"http://127.0.0.1:{port}"
    with runtime_on(
        f"sqlite:///{folder / 'freehold.db'}", folder, clock, BASE_URL=url, RATE_LIMITS="off", PORT=str(port),
        **calendar.settings,
    ) as runtime:  # fmt: skip
        world = StoryWorld(runtime, clock, url, folder, calendar)
        world.busy("Supervision", datetime(2026, 11, 17, 9), 180)
        world.busy("Lunch", datetime(2026, 11, 19, 12), 60)
        world.apply()
        world.work()
        with serving(runtime, port):
            yield world
