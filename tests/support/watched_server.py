"""A memory server that remembers who wrote what, and an outside event with a reading of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sync.backends.errors import (
    AuthorizationLost,
    BackendError,
    CalendarMissing,
    Refused,
    Rejected,
    SyncTokenInvalid,
    Unavailable,
)
from sync.backends.memory_server import Collection, MemoryServer, Stored
from sync.backends.objects import remote_object
from sync.backends.protocol import Identity, RemoteCalendar, RemoteObject
from tests.support import ics

ZONE = ZoneInfo(ics.NEW_YORK)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class Written:
    """One write that took effect; ``raw`` None: a removal."""

    by_owner: bool
    href: str
    raw: bytes | None


_TROUBLES: dict[str, BackendError] = {
    "no right": AuthorizationLost("not you"),
    "missing": CalendarMissing("not here"),
    "not allowed": Refused("not you"),
    "busy": Unavailable("later", retry_after=timedelta(seconds=20)),
    "another reading": SyncTokenInvalid("not that one"),
}


class WatchedServer(MemoryServer):
    """``lies`` and ``replays``: it can be told to lie, and its log shows what happened before a cursor.

    ``keeps_unknown``: what has no meaning to it survives a write of ours. ``truthful``: it reports every change.
    """

    operations = ("list", "report", "ctag", "read", "find", "create", "update", "delete", "discover")
    write_operations = ("create", "update", "delete")
    troubles = tuple(_TROUBLES)
    lies = keeps_unknown = truthful = True
    lost = Unavailable("cut")

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Written] = []
        self._by_owner = False

    def put(self, calendar: RemoteCalendar, name: str, text: str) -> str:
        with self._owner():
            return super().put(calendar, name, text)

    def remove(self, calendar: RemoteCalendar, href: str) -> None:
        with self._owner():
            super().remove(calendar, href)

    def store(self, collection: Collection, href: str, raw: bytes) -> Stored:
        self.written.append(Written(self._by_owner, href, raw))
        return super().store(collection, href, raw)

    def drop(self, collection: Collection, href: str) -> None:
        self.written.append(Written(self._by_owner, href, None))
        super().drop(collection, href)

    def state(self, calendar: RemoteCalendar) -> Collection:
        return self.collection(calendar)

    def seen(self, href: str) -> RemoteObject | None:
        """The object as a backend reads it when nothing is in the way."""
        (collection,) = self._collections.values()
        stored = collection.objects.get(href)
        return None if stored is None else remote_object(href, None, stored.raw, frozenset())

    def href_of(self, identity: Identity) -> str:
        (collection,) = self._collections.values()
        return f"{collection.calendar.remote_id}{identity.name}.ics"

    def cut(self, operation: str, *, after_effect: bool, skip: int = 0) -> None:
        """No answer comes; with ``after_effect`` the request was carried out all the same."""
        self.fail(operation, self.lost, after_effect=after_effect, skip=skip)

    def refuse(self, operation: str) -> None:
        self.fail(operation, Rejected("not this one"))

    def answer_with(self, operation: str, trouble: str, *, after_effect: bool = False) -> None:
        """One of ``troubles`` in place of an answer."""
        if trouble != "another reading" or operation == "report":
            self.fail(operation, _TROUBLES[trouble], after_effect=after_effect)

    def close(self) -> None:
        """There is no connection."""

    def calm_down(self) -> None:
        """No fault or lie is left."""
        self._plans.clear()
        self.reachable = True
        self.lists_nothing = False
        self.reports_nothing = False
        self.honours_tokens = True

    @contextmanager
    def _owner(self) -> Iterator[None]:
        before, self._by_owner = self._by_owner, True
        try:
            yield
        finally:
            self._by_owner = before


@dataclass(frozen=True)
class Outside:
    """An event of the provider's own: weekly if ``count`` is over one, of whole days if ``all_day``."""

    day: int
    hour: int
    count: int = 1
    all_day: bool = False
    free: bool = False
    declined: bool = False
    moved: bool = False
    """The first occurrence of a series was put two hours later."""
    text: str = "Meeting"

    def split(self) -> tuple["Outside", "Outside | None"]:
        """This and all following from the second on become a series of their own, an hour later."""
        if self.count < 2 or self.all_day:
            return self, None
        rest = replace(self, day=self.day + 7, hour=self.hour + 1, count=self.count - 1, moved=False)
        return replace(self, count=1, moved=False), rest

    def render(self, uid: str) -> str:
        transp = "TRANSPARENT" if self.free else "OPAQUE"
        people = {"ada@example.com": "DECLINED" if self.declined else "ACCEPTED"}
        said = {"organizer": "bob@example.com", "attendees": people} if self.declined else {}
        if self.all_day:
            return ics.all_day(uid, self._date, transp=transp, summary=self.text, **said)
        start, hour = datetime.combine(self._date, time(self.hour)), timedelta(hours=1)
        if self.count == 1:
            return ics.timed(
                uid, start, start + hour, tzid=ics.NEW_YORK, transp=transp, summary=self.text, **said
            )
        moved = {start: start + timedelta(hours=2)} if self.moved else {}
        return ics.weekly(
            uid, start, hour, count=self.count, moved=moved, transp=transp, summary=self.text, **said
        )

    def takes(self) -> set[Interval]:
        """The time it blocks, worked out day by day from the wall clock."""
        if self.free or self.declined:
            return set()
        if self.all_day:
            return {(_utc(self._date, 0), _utc(self._date + timedelta(days=1), 0))}
        found = set()
        for week in range(self.count):
            hour = self.hour + (2 if self.moved and self.count > 1 and week == 0 else 0)
            start = _utc(self._date + timedelta(weeks=week), hour)
            found.add((start, start + timedelta(hours=1)))
        return found

    @property
    def _date(self) -> date:
        return date(2026, 11, 23) + timedelta(days=self.day)


def _utc(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)
