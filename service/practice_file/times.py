"""Reads the time a provider offers: availability, overrides, holds. Wall clock and dates only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from booking.plain.release import read_release
from booking.plain.table import Table
from booking.plain.values import (
    MIDNIGHT,
    Wrong,
    a_clock,
    a_date,
    a_flag,
    a_text,
    a_weekday,
    a_whole,
    an_end,
    ends_after,
    told,
)
from booking.practice import Block, ClientStatus, DateOverride, Hold, Mode, Window
from service.practice_file.names import Names, a_known, check_unique
from service.practice_file.services import read_modes

_BOTH = (Mode.IN_PERSON, Mode.TELEHEALTH)
_SOME_DAY = date(2000, 1, 1)


def _hours(table: Table) -> tuple[time, time]:
    start = table.need("start", a_clock, None)
    end = table.need("end", an_end, None)
    written_as_start = end == MIDNIGHT and table.values.get("end") != "24:00"
    if start is not None and end is not None and (written_as_start or not ends_after(start, end)):
        table.wrong(f'must be after start ({start:%H:%M}); midnight at the end of the day is "24:00"', "end")
    return start or MIDNIGHT, end or MIDNIGHT


def _validity(table: Table) -> tuple[date | None, date | None]:
    first, last = table.maybe("from", a_date), table.maybe("until", a_date)
    if first is not None and last is not None and last < first:
        table.wrong(f"must not be before from ({first})", "until")
    return first, last


def _days(table: Table) -> frozenset[int]:
    days = table.each("days", a_weekday)
    if days == ():
        table.wrong("name at least one day", "days")
    return frozenset(days or ())


def read_blocks(tables: list[Table], names: Names, codes: tuple[str, ...]) -> tuple[Block, ...]:
    """Availability blocks; ``codes`` are the services the provider may name."""
    return tuple(_block(table, names, codes) for table in tables)


def _block(table: Table, names: Names, codes: tuple[str, ...]) -> Block:
    days = _days(table)
    if not table.has("days"):
        table.wrong("this key is missing", "days")
    start, end = _hours(table)
    first, last = _validity(table)
    services = table.each("services", a_known("service", codes))
    if services == ():
        table.wrong("names no service; leave it out for all of them", "services")
    block = Block(
        days=days,
        start=start,
        end=end,
        online=table.get("online", a_flag, True),
        modes=read_modes(table, _BOTH),
        services=services,
        location=table.maybe("location", a_known("location", names.locations)),
        from_date=first,
        until=last,
        every_weeks=table.get("every_weeks", a_whole(1, 52), 1),
    )
    table.done()
    return block


def read_overrides(tables: list[Table]) -> tuple[DateOverride, ...]:
    overrides = tuple(_override(table) for table in tables)
    for index, (table, override) in enumerate(zip(tables, overrides, strict=True)):
        for earlier, other in enumerate(overrides[:index]):
            if _SOME_DAY not in (override.first, other.first) and (
                override.first <= other.last and other.first <= override.last
            ):
                table.wrong(
                    f"overlaps overrides[{earlier}] ({other.first} to {other.last}); a date has one override",
                    "date" if table.has("date") else "from",
                )
                break
    return overrides


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
    first, last = _validity(table)
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
    return (first, last) if first is not None and last is not None else (_SOME_DAY, _SOME_DAY)


def _windows(tables: list[Table]) -> tuple[Window, ...]:
    windows: list[Window] = []
    for table in tables:
        window = Window(*_hours(table))
        table.done()
        if any(_meet(window, other) for other in windows):
            table.wrong("overlaps an earlier window of this date", "start")
        windows.append(window)
    return tuple(windows)


def _meet(one: Window, other: Window) -> bool:
    return ends_after(one.start, other.end) and ends_after(other.start, one.end)


def read_holds(tables: list[Table], names: Names) -> tuple[Hold, ...]:
    holds = tuple(_hold(table, names) for table in tables)
    check_unique(tables, "name", [hold.name for hold in holds])
    return holds


def _hold(table: Table, names: Names) -> Hold:
    start, end = _hours(table)
    days, day = _days(table), table.maybe("date", a_date)
    if table.has("days") and table.has("date"):
        table.wrong("a hold is weekly (days) or on one date; leave one of the two out", "date")
    if not table.has("days") and not table.has("date"):
        table.wrong("this key is missing; a hold on one day has date instead", "days")
    first, last = _validity(table)
    if table.has("date") and (table.has("from") or table.has("until")):
        table.wrong("a hold on one date has no from and until", "from" if table.has("from") else "until")
    audience = _audience(table, names)
    hold = Hold(
        name=table.need("name", a_text(100), ""),
        start=start,
        end=end,
        days=days,
        date=day,
        kept_for=table.each("for", audience) or ("nobody",),
        release=read_release(table, "release", _audience(table, names, nobody=False)),
        from_date=first,
        until=last,
    )
    if table.values.get("for") == []:
        table.wrong('names nobody; write ["nobody"], or leave it out', "for")
    if len(hold.kept_for) > 1 and "nobody" in hold.kept_for:
        table.wrong('"nobody" stands alone', "for")
    table.done()
    return hold


def _audience(table: Table, names: Names, *, nobody: bool = True) -> Callable[[object], str]:
    """Reads ``client:ID``, ``tag:NAME``, ``status:active`` or ``nobody``; a tag that no client has is a warning."""

    def read(value: object) -> str:
        text = a_text()(value)
        kind, _, name = text.partition(":")
        if text == "nobody" and nobody:
            return text
        if kind == "client" and name:
            a_known("client", names.clients)(name)
        elif kind == "status" and name:
            a_known("client status", tuple(ClientStatus))(name)
        elif kind != "tag" or not name.strip():
            forms = '"nobody", "client:ID"' if nobody else '"client:ID"'
            raise Wrong(f'{forms}, "tag:NAME" or "status:active" is expected, not {told(text)}')
        elif name not in names.tags:
            table.warn(f'no client has the tag "{name}" yet')
        return text

    return read
