"""A hold's release in plain form: ``"manual"``, weekly, ``{before}``, or a list of stages; and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from booking.plain.table import Faults, Table
from booking.plain.values import (
    LONGEST,
    Wrong,
    a_clock,
    a_duration,
    a_weekday,
    a_whole,
    clock_text,
    one_of,
    told,
)
from booking.practice import WEEKDAYS, Release, ReleaseStage, WeeklyRelease

_DAY = timedelta(days=1)
_FORMS = '"manual", { day, time }, { before }, or a list of { to, before }'
ReadAudience = Callable[[object], str]


def read_release(table: Table, key: str, read_audience: ReadAudience) -> Release:
    """The release below ``key``; None for ``"manual"`` or no key. ``read_audience`` reads ``tag:NAME``."""
    if table.holds_list(key):
        return _stages(table, key, read_audience)
    if not table.holds_table(key):
        table.maybe(key, _manual)
        return None
    release = table.table(key)
    if release is None:
        return None
    if release.has("before"):
        before = release.need("before", a_before, None)
        release.done()
        return (before,) if before is not None else None
    weekly = WeeklyRelease(
        day=release.need("day", a_weekday, 0),
        time=release.need("time", a_clock, a_clock("00:00")),
        weeks_ahead=release.get("weeks_ahead", a_whole(1, 52), 1),
    )
    release.known("before")
    release.done()
    return weekly


def _manual(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(f"a release is {_FORMS}, not {told(value)}")
    return one_of("manual")(value)


def a_before(value: object) -> ReleaseStage:
    """``7d`` and ``1w`` keep the wall clock; ``48h`` and ``90m`` are elapsed time."""
    span = a_duration(timedelta(minutes=1), LONGEST)(value)
    if str(value)[-1] in "dw":
        return ReleaseStage(days=span // _DAY)
    return ReleaseStage(exact=span)


def _stages(table: Table, key: str, read_audience: ReadAudience) -> tuple[ReleaseStage, ...] | None:
    tables = table.tables(key)
    stages: list[ReleaseStage] = []
    for index, stage in enumerate(tables):
        before = stage.need("before", a_before, ReleaseStage())
        to = stage.each("to", read_audience, empty="names nobody; leave it out to open the time to everyone")
        stage.done()
        if not stage.has("to") and index < len(tables) - 1:
            stage.wrong("a stage that opens the time to everyone must be the last", "before")
        if stages and _ahead(stages[-1]) <= _ahead(before):
            stage.wrong(f"stages run in order: must be shorter than {_before_text(stages[-1])}", "before")
        stages.append(ReleaseStage(before.days, before.exact, to or ()))
    if not tables:
        table.wrong(f"a release is {_FORMS}; the list is empty", key)
    return tuple(stages) or None


def _ahead(stage: ReleaseStage) -> timedelta:
    return stage.days * _DAY + stage.exact


def _before_text(stage: ReleaseStage) -> str:
    if stage.days:
        return f"{stage.days}d"
    minutes = stage.exact // timedelta(minutes=1)
    # Never in days: those would keep the wall clock.
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def release_plain(release: Release) -> Any:
    """The release ready for JSON or TOML; ``"manual"`` for None."""
    if release is None:
        return "manual"
    if isinstance(release, WeeklyRelease):
        return {
            "day": WEEKDAYS[release.day],
            "time": clock_text(release.time),
            "weeks_ahead": release.weeks_ahead,
        }
    if len(release) == 1 and not release[0].to:
        return {"before": _before_text(release[0])}
    return [
        {"to": list(stage.to), "before": _before_text(stage)} if stage.to else {"before": _before_text(stage)}
        for stage in release
    ]


def release_from_plain(plain: object) -> Release:
    """The inverse of ``release_plain``; raises ``ValueError`` for what it cannot have written."""
    faults = Faults()
    release = read_release(Table({"release": plain}, (), faults), "release", str)
    if faults.wrong:
        raise ValueError("; ".join(f"{fault.path}: {fault.text}" for fault in faults.wrong))
    return release
