"""Calendar objects as Hypothesis draws them: about the nights the clocks change, with all that a series can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st

from tests.support.expanders import literal
from tests.support.expanders.objects import Change, Lasting, ObjectCase, Stated

_DAY = timedelta(days=1)
_NIGHTS = {
    "Europe/Berlin": [datetime(2026, 3, 29), datetime(2026, 10, 25)],
    "America/New_York": [datetime(2026, 3, 8), datetime(2026, 11, 1)],
    "Australia/Lord_Howe": [datetime(2026, 4, 5), datetime(2026, 10, 4)],
    "UTC": [datetime(2026, 3, 29)],
    None: [datetime(2026, 3, 29), datetime(2026, 10, 25)],
}
_RULES = [
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SU;WKST=SU",
    "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=1,29", "FREQ=MONTHLY",
]  # fmt: skip
_CLOCKS = [
    timedelta(hours=h, minutes=m)
    for h, m in ((0, 0), (0, 30), (1, 0), (1, 30), (2, 0), (2, 30), (3, 0), (9, 0), (22, 45))
]


@st.composite
def object_cases(draw: st.DrawFn) -> ObjectCase:
    """A series whose DTSTART its rule gives, with extra, excluded, moved and cancelled instances of it."""
    zone = draw(st.sampled_from(list(_NIGHTS)))
    all_day = draw(st.integers(1, 4)) == 1
    night = draw(st.sampled_from(_NIGHTS[zone]))
    clock = timedelta(0) if all_day else draw(st.sampled_from(_CLOCKS))
    first = night - draw(st.integers(-1, 12)) * _DAY + clock
    rule = draw(st.sampled_from(["", *_RULES]))
    if rule:
        first = next(iter(literal.matched(rule, first, first + 70 * _DAY)))
    case = ObjectCase(None if all_day else zone, first, _lasting(draw, all_day), all_day, rule)
    assume(_ends_after_it_starts(case))
    if rule:
        case = _ended(draw, case)
    return _varied(draw, case)


def _ends_after_it_starts(case: ObjectCase) -> bool:
    """A DTSTART in the gap may lie behind a DTEND that looks later."""
    lasting = case.lasting
    return lasting.name != "DTEND" or case.instant(case.first) < case.instant(
        case.first + lasting.days * _DAY + lasting.exact
    )


def _lasting(draw: st.DrawFn, all_day: bool) -> Lasting:
    if all_day:
        return Lasting(draw(st.sampled_from(["DTEND", "DURATION"])), draw(st.integers(1, 3)))
    name = draw(st.sampled_from(["DTEND", "DTEND", "DURATION", "DURATION", "neither"]))
    if name == "neither":
        return Lasting(name)
    days = draw(st.sampled_from([0, 0, 0, 1, 2]))
    minutes = draw(st.sampled_from([30, 60, 95, 240, 1440] + ([0] if days else [])))
    return Lasting(name, days, timedelta(minutes=minutes))


def _ended(draw: st.DrawFn, case: ObjectCase) -> ObjectCase:
    found = literal.starts(case.rule, case.first, case.first + 40 * _DAY, 30)
    match draw(st.sampled_from(["", "COUNT", "UNTIL"])):
        case "COUNT":
            return replace(case, count=draw(st.integers(1, len(found))))
        case "UNTIL":
            # With a zone UNTIL is in UTC, else of DTSTART's own form (3.3.10).
            form = "own" if case.all_day or case.zone is None else "UTC"
            return replace(case, until=Stated(draw(st.sampled_from(found)), form))
    return case


def _varied(draw: st.DrawFn, case: ObjectCase) -> ObjectCase:
    rule = f"{case.rule};COUNT={case.count}" if case.count else case.rule
    found = literal.starts(rule, case.first, case.first + 40 * _DAY, 30) if rule else [case.first]
    if case.until is not None:
        found = [at for at in found if at <= case.until.clock]
    forms = st.just("own") if case.all_day or case.zone is None else st.sampled_from(["own", "own", "UTC"])
    if draw(st.integers(1, 3)) == 1:
        ahead = st.integers(1, 30).map(
            lambda days: case.first + days * _DAY + (timedelta(0) if case.all_day else timedelta(minutes=25))
        )
        length = st.none() if case.all_day else st.sampled_from([None, 40, 120])
        extra = draw(
            st.lists(st.tuples(ahead, forms, length), min_size=1, max_size=3, unique_by=lambda e: e[0])
        )
        case = replace(case, extra=tuple((Stated(at, form), minutes) for at, form, minutes in extra))
    left = list(found)
    if case.rule and draw(st.integers(1, 3)) == 1:
        out = draw(st.lists(st.sampled_from(found), min_size=1, max_size=3, unique=True))
        left = [at for at in found if at not in out]
        case = replace(case, excluded=tuple(Stated(at, draw(forms)) for at in out))
    if case.rule and left and draw(st.integers(1, 3)) == 1:
        case = replace(case, changes=_changes(draw, case, left, forms))
    return case


def _changes(
    draw: st.DrawFn, case: ObjectCase, left: list[datetime], forms: st.SearchStrategy[str]
) -> tuple[Change, ...]:
    chosen = sorted(draw(st.lists(st.sampled_from(left), min_size=1, max_size=2, unique=True)))
    by = st.sampled_from([0, 1, -1, 3]) if case.all_day else st.sampled_from([0, 90, -60, 1440, 3000])
    unit = _DAY if case.all_day else timedelta(minutes=1)
    return tuple(
        Change(
            Stated(at, draw(forms)), at + draw(by) * unit, draw(st.sampled_from([20, 60, 200])),
            draw(st.integers(1, 4)) == 1, draw(st.integers(1, 3)) == 1,
        )
        for at in chosen
    )  # fmt: skip
