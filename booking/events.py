"""A provider's own events that are made here, besides bookings: what one means, and what a change here leaves of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sync.model.event import Event, Override, Recurrence, Series, Status, Transparency
from sync.model.fingerprint import rule_meaning
from sync.model.instances import aligned, clock_of, like, shifted
from sync.model.membership import happens, local_to
from sync.model.moments import Length, Moment, WallTime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the event should be. ``start`` has a zone or is a date; ``rule`` is an RRULE without its name, or None."""

    title: str
    start: Moment
    length: Length
    transparency: Transparency
    rule: str | None = None

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(rules=(self.rule,) if self.rule else ())


def new_series(event_id: str, wanted: Wanted) -> Series:
    """As it is first written: private, without a text. The mirror gives the UID."""
    event = Event(wanted.start, wanted.length, wanted.title, transparency=wanted.transparency, private=True)
    return Series(event_id, event, wanted.recurrence)


def rewritten(series: Series, wanted: Wanted) -> Series:
    """The series as it stands, with what is wanted now; all that was added to it in the calendar stays.

    Occurrences that were changed or deleted there keep that, where the occurrence still exists: they move along with
    the start, and take over each field they had left as the series has it. Raises ``ValueError`` without a master.
    """
    was = series.master
    if was is None:
        raise ValueError("only single occurrences of this series are known")
    event = replace(
        was, start=wanted.start, length=wanted.length, summary=wanted.title, transparency=wanted.transparency
    )
    recurrence = _recurrence(series.recurrence, was, wanted)
    if not recurrence or not _alike(was.start, wanted.start):
        return replace(series, master=event, recurrence=replace(recurrence, excluded=()), overrides=())
    by = clock_of(wanted.start) - clock_of(was.start)
    kept = _Occurrences(recurrence, was.start, wanted.start, by)
    return replace(
        series,
        master=event,
        recurrence=replace(recurrence, excluded=kept.of(recurrence.excluded)),
        overrides=tuple(
            _carried(override, was, event, moved, by)
            for override in series.overrides
            if (moved := kept.one(override.recurrence_id)) is not None
        ),
    )


def _recurrence(known: Recurrence, was: Event, wanted: Wanted) -> Recurrence:
    """A rule that means the same keeps its spelling, and the dates that were added to it."""
    if len(known.rules) == 1 and wanted.rule is not None:
        same = rule_meaning(known.rules[0], was.start) == rule_meaning(wanted.rule, was.start)
        if same or known.rules[0] == wanted.rule:
            return known
    return replace(wanted.recurrence, excluded=known.excluded)


def _alike(was: Moment, now: Moment) -> bool:
    """True if both are dates, or both times of one zone: only then occurrences can be told from one another."""
    if isinstance(was, WallTime) and isinstance(now, WallTime):
        return was.zone == now.zone
    return not isinstance(was, WallTime) and not isinstance(now, WallTime)


class _Occurrences:
    """Which occurrences of the series as it was are still occurrences of it as it will be, and when."""

    def __init__(self, recurrence: Recurrence, was: Moment, now: Moment, by: timedelta) -> None:
        self._recurrence, self._was, self._now, self._by = recurrence, was, now, by

    def one(self, recurrence_id: Moment) -> Moment | None:
        clock = clock_of(aligned(self._was, local_to(self._was, recurrence_id)))
        moved = like(self._now, shifted(clock, self._by))
        return moved if happens(self._recurrence, self._now, moved, "UTC") else None

    def of(self, moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
        return tuple(moved for moment in moments if (moved := self.one(moment)) is not None)


def _carried(override: Override, was: Event, now: Event, moved: Moment, by: timedelta) -> Override:
    event = override.event
    unmoved = local_to(was.start, event.start) == local_to(was.start, override.recurrence_id)
    if unmoved or event.status is Status.CANCELLED:
        event = replace(event, start=like(now.start, shifted(clock_of(local_to(was.start, event.start)), by)))
    for name in ("length", "summary", "transparency"):
        if getattr(event, name) == getattr(was, name):
            event = replace(event, **{name: getattr(now, name)})
    return replace(override, recurrence_id=moved, event=event)
