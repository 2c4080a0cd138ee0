"""Prime-time holds, and what was released of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from booking.plain.release import release_from_plain
from booking.practice import WEEKDAYS, WeeklyRelease
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.store.tables import hold, hold_release, provider
from service.api import answers
from service.api.calls import api, listed
from service.api.forms import HoldsQuery
from service.api.values import Document
from service.http.frame import frame


@api.call(
    "GET", "/holds", Action.VIEW_HOLDS, "Holds, by provider", answers={200: answers.Holds}, query=HoldsQuery,
    also=(404,),
)  # fmt: skip
def holds(query: HoldsQuery) -> Document:
    actor = frame().staff()
    with frame().runtime.database.read() as connection:
        known = connection.execute(
            select(provider.c.id, provider.c.slug).where(provider.c.practice_id == actor.practice_id)
        ).all()
        slugs = {row.id: row.slug for row in known if actor.sees(actor.practice_id, row.id)}
        if query.provider is not None:
            slugs = {id: slug for id, slug in slugs.items() if slug == query.provider}
            if not slugs:
                raise Refused(Problem.NOT_FOUND)
        rows = connection.execute(
            select(hold)
            .join(provider, provider.c.id == hold.c.provider_id)
            .where(hold.c.provider_id.in_(slugs))
            .order_by(provider.c.position, hold.c.position, hold.c.id)
        ).all()
    return listed([_hold(row, slugs[row.provider_id]) for row in rows])


@api.call(
    "GET", "/holds/<hold_id>/releases", Action.VIEW_HOLDS, "What was released of a hold, latest first",
    answers={200: answers.Releases},
)  # fmt: skip
def releases(hold_id: str) -> Document:
    actor = frame().staff()
    with frame().runtime.database.read() as connection:
        row = connection.execute(select(hold).where(hold.c.id == hold_id)).one_or_none()
        if row is None or not actor.sees(row.practice_id, row.provider_id):
            raise Refused(Problem.NOT_FOUND)
        found = connection.execute(
            select(hold_release)
            .where(hold_release.c.hold_id == hold_id)
            .order_by(hold_release.c.week.desc(), hold_release.c.stage)
        ).all()
    weekly = isinstance(release_from_plain(row.release or "manual"), WeeklyRelease)
    return listed([_release(item, "week" if weekly else "date") for item in found])


def _hold(row: Row[Any], slug: str) -> Document:
    return {
        "id": row.id,
        "provider": slug,
        "name": row.name,
        "days": [WEEKDAYS[day] for day in row.days],
        "date": None if row.date is None else row.date.isoformat(),
        "start": row.starts,
        "end": row.ends,
        "kept_for": row.kept_for,
        "release": row.release or "manual",
    }


def _release(row: Row[Any], key: str) -> Document:
    return {
        key: row.week.isoformat(),
        "due_at": None if row.due_at is None else row.due_at.isoformat(),
        "released_at": None if row.released_at is None else row.released_at.isoformat(),
        "by": row.by,
        "stage": row.stage,
        "state": row.state,
    }
