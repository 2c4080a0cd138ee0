"""Reads date overrides: closed, or other windows, for a date or a range."""

from __future__ import annotations

from datetime import date

from booking.plain.table import Table
from booking.plain.values import a_date, a_flag, ends_after
from booking.practice import DateOverride, Window
from service.practice_file.times import read_hours, read_validity

_UNREAD = date.max


def read_overrides(tables: list[Table]) -> tuple[DateOverride, ...]:
    overrides = tuple(_override(table) for table in tables)
    for index, (table, override) in enumerate(zip(tables, overrides, strict=True)):
        for earlier, other in enumerate(overrides[:index]):
            if _compete(override, other):
                key = "date" if table.has("date") else "from"
                table.wrong(
                    f"overlaps overrides[{earlier}] ({other.first} to {other.last}), which is as long;"
                    " the shorter one rules a date",
                    key,
                )
                break
    return overrides


def _compete(one: DateOverride, other: DateOverride) -> bool:
    """Whether a date has both and neither is the shorter one; dates that could not be read compete with none."""
    if _UNREAD in (one.first, other.first):
        return False
    same_length = one.last - one.first == other.last - other.first
    return same_length and one.first <= other.last and other.first <= one.last


def _override(table: Table) -> DateOverride:
    first, last = _override_dates(table)
    closed = table.maybe("closed", a_flag)
    windows = _windows(table.tables("windows"))
    if closed and table.has("windows"):
        table.wrong("a closed date has no windows; leave one of the two out", "closed")
    if not closed and not table.has("windows"):
        table.wrong("say closed = true, or give windows = [{ start, end }]", "closed")
    if table.has("windows") and not windows and table.values["windows"] == []:
        table.wrong("names no window; for a closed date write closed = true", "windows")
    table.done()
    return DateOverride(first, last, windows)


def _override_dates(table: Table) -> tuple[date, date]:
    single = table.maybe("date", a_date)
    first, last = read_validity(table)
    if table.has("date"):
        for key in ("from", "until"):
            if table.has(key):
                table.wrong("date says it already; leave one of the two out", key)
        first = last = single
    elif not table.has("from") and not table.has("until"):
        table.wrong("this key is missing; for a range give from and until", "date")
    else:
        for key in ("from", "until"):
            if not table.has(key):
                table.wrong("this key is missing; for a single day give date", key)
    return (first, last) if first is not None and last is not None else (_UNREAD, _UNREAD)


def _windows(tables: list[Table]) -> tuple[Window, ...]:
    windows: list[Window] = []
    for table in tables:
        window = Window(*read_hours(table))
        table.done()
        if any(_meet(window, other) for other in windows):
            table.wrong("overlaps an earlier window of this date", "start")
        windows.append(window)
    return tuple(windows)


def _meet(one: Window, other: Window) -> bool:
    return ends_after(one.start, other.end) and ends_after(other.start, one.end)
