"""Reads what weekly and dated times have in common, and availability. Wall clock and dates only."""

from __future__ import annotations

from datetime import date, time

from booking.plain.table import Table
from booking.plain.values import MIDNIGHT, a_clock, a_date, a_flag, a_weekday, a_whole, an_end, ends_after
from booking.practice import Block, Mode
from service.practice_file.names import Names, a_known
from service.practice_file.services import read_modes

_BOTH = (Mode.IN_PERSON, Mode.TELEHEALTH)


def read_hours(table: Table) -> tuple[time, time]:
    start = table.need("start", a_clock, None)
    end = table.need("end", an_end, None)
    written_as_start = end == MIDNIGHT and table.values.get("end") != "24:00"
    if start is not None and end is not None and (written_as_start or not ends_after(start, end)):
        table.wrong(f'must be after start ({start:%H:%M}); midnight at the end of the day is "24:00"', "end")
    return start or MIDNIGHT, end or MIDNIGHT


def read_validity(table: Table) -> tuple[date | None, date | None]:
    first, last = table.maybe("from", a_date), table.maybe("until", a_date)
    if first is not None and last is not None and last < first:
        table.wrong(f"must not be before from ({first})", "until")
    return first, last


def read_days(table: Table) -> frozenset[int]:
    return frozenset(table.each("days", a_weekday, empty="name at least one day") or ())


def read_blocks(tables: list[Table], names: Names, codes: tuple[str, ...]) -> tuple[Block, ...]:
    """Availability blocks; ``codes`` are the services the provider may name."""
    return tuple(_block(table, names, codes) for table in tables)


def _block(table: Table, names: Names, codes: tuple[str, ...]) -> Block:
    days = read_days(table)
    if not table.has("days"):
        table.wrong("this key is missing", "days")
    start, end = read_hours(table)
    first, last = read_validity(table)
    services = table.each(
        "services", a_known("service", codes), empty="names no service; leave it out for all"
    )
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
