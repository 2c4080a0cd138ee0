"""The flight recorder as pages: what happened lately in a calendar, and everything that became of one event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import Connection, Row, select

from booking.policy import allows
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.web import look
from service.api.accounts import visible_calendar
from service.http.frame import frame
from service.recorder import flight
from sync.codecs.stored import load_series
from sync.store.ports import Cipher
from sync.store.tables import calendar, history

blueprint = Blueprint("flights", __name__, url_prefix="/ops/calendars")

_MOST = 100


@blueprint.get("/<calendar_id>/events")
@allows(Action.HISTORY)
def lately(calendar_id: str) -> str:
    """The latest hundred lines of a calendar, newest first."""
    program = frame()
    actor = program.staff()
    with program.runtime.database.read() as connection:
        visible_calendar(connection, actor, calendar_id)
        name = connection.execute(select(calendar.c.name).where(calendar.c.id == calendar_id)).scalar_one()
        rows = _latest(connection, calendar_id)
    titles = actor.may(Action.EVENT_TITLES)
    return render_template(
        "ops/flights.html",
        calendar_id=calendar_id,
        name=name,
        lines=[(row, _title(row, program.runtime.sealer) if titles else None) for row in rows],
    )


@blueprint.get("/<calendar_id>/events/<path:uid>")
@allows(Action.HISTORY)
def one(calendar_id: str, uid: str) -> str:
    """Oldest first. Titles, texts and raw bodies are for those who may see them."""
    program = frame()
    actor = program.staff()
    with program.runtime.database.read() as connection:
        visible_calendar(connection, actor, calendar_id)
        texts = actor.may(Action.EVENT_TITLES)
        found = flight(connection, program.runtime.sealer, calendar_id, uid, texts=texts)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return render_template("ops/flight.html", calendar_id=calendar_id, flight=found, said=_said)


def _said(field: str, text: str) -> str:
    """A start or an end as people read it: the day, and the time in the event's own zone."""
    if field not in ("start", "end") or not text:
        return text
    if "T" not in text:
        return look.day(date.fromisoformat(text), "dated")
    moment = datetime.fromisoformat(text)
    return f"{look.day(moment, 'dated')}, {look.clock(moment)}"


def _latest(connection: Connection, calendar_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(history)
        .where(history.c.calendar_id == calendar_id)
        .order_by(history.c.at.desc(), history.c.position.desc(), history.c.id)
        .limit(_MOST)
    ).all()


def _title(row: Row[Any], cipher: Cipher) -> str | None:
    secret = row.after_enc or row.before_enc
    if secret is None:
        return None
    series = load_series(cipher.decrypt(secret))
    return (series.master or series.overrides[0].event).summary
