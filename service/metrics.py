"""Figures for Prometheus, counted in the database when asked, so that they hold for all processes together.

Labels are states and kinds of ours; nothing a practice wrote is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import redis
from flask import Blueprint, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from rq import Worker
from sqlalchemy import Connection, exists, func, select

from booking.policy import public
from booking.store.tables import mail, request, wish
from service.http.frame import frame
from service.runtime import Runtime
from service.work import KINDS
from sync.store.entries import not_read_whole
from sync.store.tables import account, calendar, change, channel, entry

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    registry = CollectorRegistry()
    registry.register(_Figures(frame().runtime))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def describe(self) -> Iterator[Metric]:
        """Nothing is counted before somebody asks."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = self._runtime.now()
        with self._runtime.database.read() as connection:
            yield from _of_calendars(connection, now)
            yield from _of_push(connection, now)
            yield from _of_work(connection, now)
            yield from _of_requests(connection)
        yield from _of_queue(self._runtime)


def _of_calendars(connection: Connection, now: datetime) -> Iterator[Metric]:
    live = (account.c.removed_at.is_(None),)
    yield _by(
        "freehold_accounts",
        "Calendar accounts by state.",
        "state",
        _counted(connection, select(account.c.state, func.count()).where(*live).group_by(account.c.state)),
    )
    read = (*live, calendar.c.role != "ignore")
    joined = select(calendar.c.state, func.count()).join(account, account.c.id == calendar.c.account_id)
    yield _by(
        "freehold_calendars",
        "Calendars that are read, by state.",
        "state",
        _counted(connection, joined.where(*read).group_by(calendar.c.state)),
    )
    oldest = connection.execute(
        select(func.min(calendar.c.checked_at))
        .join(account, account.c.id == calendar.c.account_id)
        .where(*read, calendar.c.advisory.is_(False))
    ).scalar_one()
    yield _one(
        "freehold_oldest_reading_seconds",
        "Age of the oldest good reading of a calendar that counts.",
        0.0 if oldest is None else (now - oldest).total_seconds(),
    )


def _of_push(connection: Connection, now: datetime) -> Iterator[Metric]:
    by_state = select(channel.c.state, func.count()).group_by(channel.c.state)
    yield _by(
        "freehold_push_channels", "Push channels that have not run out, by state.", "state",
        _counted(connection, by_state.where(channel.c.expires_at > now)),
    )  # fmt: skip
    live = exists().where(
        channel.c.calendar_id == calendar.c.id, channel.c.state == "live", channel.c.expires_at > now
    )
    without = (
        select(func.count())
        .select_from(calendar)
        .join(account, account.c.id == calendar.c.account_id)
        .where(account.c.kind == "google", account.c.removed_at.is_(None), calendar.c.role != "ignore", ~live)
    )
    yield _one(
        "freehold_calendars_without_push", "Google calendars that are read by the clock alone.",
        float(connection.execute(without).scalar_one()),
    )  # fmt: skip


def _of_work(connection: Connection, now: datetime) -> Iterator[Metric]:
    waits = entry.c.due_at.is_not(None)
    yield _one("freehold_pending_writes", "Events still to be written.", _count(connection, entry, waits))
    oldest = connection.execute(select(func.min(entry.c.due_at)).where(waits)).scalar_one()
    yield _one(
        "freehold_oldest_write_seconds",
        "How long the oldest event that is due has waited to be written.",
        0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
    )
    yield _one(
        "freehold_blocked_writes", "Writes that a person has to look at.",
        _count(connection, entry, entry.c.blocked.is_(True)),
    )  # fmt: skip
    yield _one(
        "freehold_quarantined_events", "Events that could not be read whole.",
        _count(connection, entry, not_read_whole(), entry.c.gone_at.is_(None)),
    )  # fmt: skip
    yield _one(
        "freehold_held_deletions", "Deletions that wait for a person.",
        _count(connection, entry, entry.c.held_at.is_not(None)),
    )  # fmt: skip
    yield _one(
        "freehold_open_changes", "Changes made in calendars and not yet dealt with.",
        _count(connection, change, change.c.settled_at.is_(None)),
    )  # fmt: skip
    yield _one(
        "freehold_mail_due", "Mails that should have left by now.",
        _count(connection, mail, mail.c.due_at <= now),
    )  # fmt: skip


def _of_requests(connection: Connection) -> Iterator[Metric]:
    by_status = select(request.c.status, func.count()).group_by(request.c.status)
    yield _by("freehold_requests", "Requests by status.", "status", _counted(connection, by_status))
    yield _one(
        "freehold_open_wishes", "Wishes nobody has answered.",
        _count(connection, wish, wish.c.answered_at.is_(None)),
    )  # fmt: skip


def _of_queue(runtime: Runtime) -> Iterator[Metric]:
    waiting = {kind: runtime.doorbell.waiting(kind) for kind in KINDS}
    known = {kind: count for kind, count in waiting.items() if count is not None}
    yield _one("freehold_queue_up", "1 if the queue answers.", float(len(known) == len(waiting)))
    yield _by("freehold_queue_depth", "Wake-ups that wait, by kind of work.", "kind", known)
    yield _one("freehold_workers", "Workers that take work from the queue.", _workers(runtime))


def _workers(runtime: Runtime) -> float:
    try:
        client = runtime.doorbell.client()
        return 0.0 if client is None else float(Worker.count(connection=client))
    except (redis.RedisError, OSError):
        return 0.0


def _counted(connection: Connection, statement: Any) -> Mapping[str, float]:
    return {label: float(count) for label, count in connection.execute(statement)}


def _count(connection: Connection, table: Any, *conditions: Any) -> float:
    return float(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
