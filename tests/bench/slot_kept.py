"""Answers from kept state: a page of 30 days written as JSON, and the next times across many providers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from booking.availability import ask
from booking.desk.views import slots_json
from booking.epoch import micros
from booking.lasting import Lasting, OfferedSpans, earliest, lasting
from booking.world import Asker
from tests.bench.measuring import Spread, alternately
from tests.bench.report import Line
from tests.bench.slot_works import RULES, SEED, SERVICE, ZONES, Calendar, a_calendar

DAY = timedelta(days=1)
SIZES = (100, 1_000, 10_000, 100_000)
CROWDS = (300, 1_000)
FLAT, LINEAR = 1.5, CROWDS[1] / CROWDS[0] * 1.2


def kept_lines(rounds: int) -> list[Line]:
    return [*_pages(rounds), *_crowds(rounds)]


def _pages(rounds: int) -> list[Line]:
    """A page that is written anew. The busiest is as quick as the emptiest: what is kept is what is free."""
    random = Random(SEED)
    pages = {str(size): _page(a_calendar(random, ZONES[0], date(2026, 2, 9), 400, size)) for size in SIZES}
    found = alternately(pages, rounds)
    least = found[str(SIZES[0])]
    return [
        Line(
            f"30 days kept, {size:,} events", size, found[str(size)], least, f"{SIZES[0]} events", "ms", FLAT
        )
        for size in SIZES
    ]


def _page(calendar: Calendar) -> Callable[[], object]:
    kept, now = _kept(calendar), calendar.window.start

    def write() -> bytes:
        first, stop = OfferedSpans(now).of(RULES, calendar.zone)
        indexes = kept.between(first, min(stop, micros(now + 30 * DAY) // 1_000_000))
        return slots_json(list(kept.at(indexes)), SERVICE.length, calendar.zone)

    return write


def _crowds(rounds: int) -> list[Line]:
    random = Random(SEED)
    most = max(CROWDS)
    calendars = [a_calendar(random, ZONES[n % 6], date(2026, 3, 2), 14, 100) for n in range(most)]
    kept = [(_kept(calendar), calendar) for calendar in calendars]
    found = alternately({str(count): _next(kept[:count]) for count in CROWDS}, rounds)
    least: Spread = found[str(CROWDS[0])]
    return [
        Line(
            f"next of {count:,} kept", count, found[str(count)], least, f"{CROWDS[0]} providers", "ms", LINEAR
        )
        for count in CROWDS
    ]


def _next(kept: list[tuple[Lasting, Calendar]]) -> Callable[[], object]:
    now = kept[0][1].window.start

    def ask_for_five() -> object:
        spans = OfferedSpans(now)
        rows = [(each, *spans.of(RULES, calendar.zone)) for each, calendar in kept]
        return earliest(rows, limit=5)

    return ask_for_five


def _kept(calendar: Calendar) -> Lasting:
    window = calendar.window
    question = ask(calendar.world(), service=SERVICE.code, client=Asker(), window=window, now=window.start)
    return lasting(question)
