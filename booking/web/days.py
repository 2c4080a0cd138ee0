"""The page of days and times: a month with the days that have times, and the times of one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.desk.views import ServiceView, SlotAnswer, SlotView
from booking.web.frame import frame
from booking.web.look import locale
from booking.web.month import Month, by_day, by_part, month_after, month_of
from booking.web.visit import Visit

_WINDOW = timedelta(days=92)
"""As far as slots are told at once."""
_FARTHEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class DaysPage:
    """``chosen`` is the day whose ``times`` are shown, by parts of the day; None: the month has none.

    ``next_free`` is the first time on offer from today, or from the shown month on; ``soonest`` says which.
    """

    month: Month
    chosen: date | None
    asked_for: bool
    times: list[tuple[str, list[SlotView]]]
    next_free: SlotView | None
    soonest: bool
    freshness: str
    checked_at: datetime | None


def days_page(
    visit: Visit, service: ServiceView, *, month: date | None, day: date | None, now: datetime
) -> DaysPage:
    """``month`` and ``day`` as the address names them; without them it is the first month and day with a time."""

    def slots(start: date, end: date) -> SlotAnswer:
        return frame().desk.slots(visit.slots(service.code, start, end), now=now)

    return shown_days(slots, visit.today, month=month, day=day)


def shown_days(
    slots: Callable[[date, date], SlotAnswer], today: date, *, month: date | None, day: date | None
) -> DaysPage:
    """The same of whatever times ``slots`` tells between two local dates."""
    wished = day or month
    shown = _within(wished, today).replace(day=1) if wished else None
    start = max(today, shown or today)
    answer = slots(start, start + _WINDOW)
    days = by_day(answer.slots)
    first = shown or min(days, default=today).replace(day=1)
    own = [at for at in days if at.replace(day=1) == first]
    chosen = day if day in days else (None if day else min(own, default=None))
    return DaysPage(
        month=month_of(
            first,
            {at: len(found) for at, found in days.items()},
            earliest=today,
            latest=_last_month(days, first, today),
            first_weekday=locale().first_week_day,
        ),
        chosen=chosen,
        asked_for=day is not None,
        times=by_part(days[chosen]) if chosen else [],
        next_free=answer.slots[0] if answer.slots else None,
        soonest=start == today,
        freshness=answer.freshness,
        checked_at=answer.checked_at,
    )


def _within(wished: date, today: date) -> date:
    return min(max(wished, today), today + _FARTHEST)


def _last_month(days: dict[date, list[SlotView]], first: date, today: date) -> date:
    """The last month that can be turned to: the last with a time, and back to what is already shown."""
    last = max(days, default=first)
    return max(last, first) if last < first + _WINDOW else min(month_after(last), today + _FARTHEST)
