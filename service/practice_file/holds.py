"""Reads prime-time holds: time kept for somebody, and how it is released."""

from __future__ import annotations

from collections.abc import Callable

from booking.plain.release import read_release
from booking.plain.table import Table
from booking.plain.values import Wrong, a_date, a_flag, a_text, a_whole, told
from booking.practice import ClientStatus, Hold
from service.practice_file.names import Names, a_known, check_unique
from service.practice_file.times import read_days, read_hours, read_validity


def read_holds(tables: list[Table], names: Names) -> tuple[Hold, ...]:
    holds = tuple(_hold(table, names) for table in tables)
    check_unique(tables, "name", [hold.name for hold in holds])
    return holds


def _hold(table: Table, names: Names) -> Hold:
    start, end = read_hours(table)
    days, day = read_days(table), table.maybe("date", a_date)
    if table.has("days") and table.has("date"):
        table.wrong("a hold is weekly (days) or on one date; leave one of the two out", "date")
    if not table.has("days") and not table.has("date"):
        table.wrong("this key is missing; a hold on one day has date instead", "days")
    first, last = read_validity(table)
    for key in ("from", "until", "every_weeks"):
        if table.has("date") and table.has(key):
            table.wrong(f"a hold on one date has no {key}", key)
    audience = _audience(table, names)
    hold = Hold(
        name=table.need("name", a_text(100), ""),
        start=start,
        end=end,
        days=days,
        date=day,
        kept_for=table.each("for", audience, empty='write ["nobody"], or leave it out') or ("nobody",),
        release=read_release(table, "release", _audience(table, names, nobody=False)),
        from_date=first,
        until=last,
        every_weeks=table.get("every_weeks", a_whole(1, 52), 1),
        marker=table.get("marker", a_flag, False),
    )
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
