"""The flight recorder: what became of one event, and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, exists, select

from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.store.tables import provider
from service.api import answers
from service.api.accounts import visible_calendar
from service.api.calls import api, listed
from service.api.values import Document
from service.event_times import span_told
from service.http.frame import frame
from sync.codecs.stored import load_series
from sync.model.event import Series
from sync.store.ports import Cipher
from sync.store.recorder import lines_of
from sync.store.tables import calendar, entry


@api.call(
    "GET", "/calendars/<calendar_id>/events/<path:uid>/history", Action.HISTORY, "What became of an event",
    answers={200: answers.History},
)  # fmt: skip
def history(calendar_id: str, uid: str) -> Document:
    """Oldest first. Titles are for those who may see them; the events of bookings have a client's in theirs."""
    program = frame()
    actor = program.staff()
    with program.runtime.database.read() as connection:
        provider_id = visible_calendar(connection, actor, calendar_id)
        rows = lines_of(connection, calendar_id, uid)
        if not rows and not _is_known(connection, calendar_id, uid):
            raise Refused(Problem.NOT_FOUND)
        zone = _zone(connection, calendar_id, provider_id)
    titles = actor.may(Action.EVENT_TITLES)
    return listed([_item(row, program.runtime.sealer, zone, titles=titles) for row in rows])


def _is_known(connection: Connection, calendar_id: str, uid: str) -> bool:
    known = exists().where(entry.c.calendar_id == calendar_id, entry.c.uid == uid)
    return bool(connection.execute(select(known)).scalar_one())


def _zone(connection: Connection, calendar_id: str, provider_id: str) -> str:
    """The zone of floating times: the calendar's, else the provider's."""
    found = connection.execute(select(calendar.c.zone).where(calendar.c.id == calendar_id)).scalar_one()
    own = select(provider.c.timezone).where(provider.c.id == provider_id)
    return found or str(connection.execute(own).scalar_one())


def _item(row: Row[Any], cipher: Cipher, zone: str, *, titles: bool) -> Document:
    return {
        "at": row.at.isoformat(),
        "direction": row.direction,
        "remote_version": row.remote_version,
        "before": _state(row.before_enc, cipher, zone, titles=titles),
        "after": _state(row.after_enc, cipher, zone, titles=titles),
        "decision": row.decision,
        "reason": row.reason,
    }


def _state(secret: bytes | None, cipher: Cipher, zone: str, *, titles: bool) -> Document | None:
    if secret is None:
        return None
    series = load_series(cipher.decrypt(secret))
    event = series.master or series.overrides[0].event
    start, end, all_day = span_told(event, zone)
    return {
        "title": event.summary if titles else None,
        "start": start,
        "end": end,
        "all_day": all_day,
        "status": event.status.value,
        "transparency": event.transparency.value,
        "rrule": list(series.recurrence.rules),
        "exceptions": _exceptions(series),
    }


def _exceptions(series: Series) -> int:
    return len(series.overrides) + len(series.recurrence.excluded)
