"""Rules in plain form: ``{"minimum_notice": "24h", "horizon": "60d"}`` and back, stated ones only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from booking.plain.table import Faults, Table
from booking.plain.values import (
    Read,
    a_clock,
    a_duration,
    a_flag,
    a_member,
    a_number_of_days,
    a_share,
    a_text,
    a_whole,
    clock_text,
    duration_text,
    one_of,
)
from booking.practice import ClientStatus
from booking.rules import Door, NoticeByClock, TitleMode, effective

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_STATUSES = tuple(status.value for status in ClientStatus)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One key: the field of ``Rules`` it fills, how it is read and how it is written."""

    field: str
    read: Callable[[Table, str], Any]
    plain: Callable[[Any], Any]


def _simple(field: str, read: Read[Any], plain: Callable[[Any], Any] = lambda value: value) -> _Rule:
    return _Rule(field, lambda table, key: table.maybe(key, read), plain)


def _span(field: str, low: timedelta = timedelta(0), high: timedelta = timedelta(days=730)) -> _Rule:
    return _simple(field, a_duration(low, high), duration_text)


def _minimum_notice(table: Table, key: str) -> timedelta | NoticeByClock | None:
    if not table.holds_table(key):
        return table.maybe(key, a_duration())
    notice = table.table(key)
    if notice is None:
        return None
    days, until = notice.need("days", a_whole(0, 365), 0), notice.need("until", a_clock, None)
    notice.done()
    return None if until is None else NoticeByClock(days, until)


def _notice_plain(value: timedelta | NoticeByClock) -> object:
    if isinstance(value, NoticeByClock):
        return {"days": value.days, "until": clock_text(value.until)}
    return duration_text(value)


def _new_clients(table: Table, key: str) -> str | Door | None:
    if not table.holds_table(key):
        return table.maybe(key, one_of("open", "closed"))
    door = table.table(key)
    if door is None:
        return None
    below = door.need("open_below", a_share, None)
    above = door.need("close_above", a_share, None)
    window = door.need("window", a_duration(_DAY, timedelta(days=365)), None)
    door.done()
    if below is None or above is None or window is None:
        return None
    if below > above:
        door.wrong(f"must not be above close_above ({above:g})", "open_below")
    return Door(below, above, window)


def _door_plain(value: str | Door) -> object:
    if isinstance(value, Door):
        return {
            "open_below": value.open_below,
            "close_above": value.close_above,
            "window": duration_text(value.window),
        }
    return value


def _reminders(table: Table, key: str) -> tuple[timedelta, ...] | None:
    reminders = table.each(key, a_duration(_MINUTE, timedelta(days=365)))
    if reminders is not None and len(reminders) > 10:
        table.wrong(f"at most 10 reminders are possible, not {len(reminders)}", key)
    return reminders


def _statuses(table: Table, key: str) -> frozenset[str] | None:
    statuses = table.each(key, one_of(*_STATUSES))
    return None if statuses is None else frozenset(statuses)


RULES: Mapping[str, _Rule] = {
    "minimum_notice": _Rule("minimum_notice", _minimum_notice, _notice_plain),
    "cancel_notice": _span("cancel_notice"),
    "reschedule_notice": _span("reschedule_notice"),
    "reminders": _Rule("reminders", _reminders, lambda spans: [duration_text(span) for span in spans]),
    "unsure": _simple("unsure", a_flag),
    "horizon": _simple("horizon_days", a_number_of_days(1, 730), lambda days: f"{days}d"),
    "increment": _span("increment", _MINUTE, _DAY),
    "max_per_day": _simple("max_per_day", a_whole(0, 1000)),
    "open_requests_per_client": _simple("open_requests_per_client", a_whole(0, 1000)),
    "request_expiry": _span("request_expiry", _MINUTE),
    "tentative": _simple("tentative", one_of("busy", "free")),
    "unanswered": _simple("unanswered", one_of("busy", "free")),
    "request_only_after": _span("request_only_after", _MINUTE),
    "closed_after": _span("closed_after", _MINUTE),
    "client_statuses": _Rule(
        "client_statuses", _statuses, lambda named: [status for status in _STATUSES if status in named]
    ),
    "new_clients": _Rule("new_clients", _new_clients, _door_plain),
    "title": _simple("title", a_member(TitleMode), str),
    "moved_in_calendar": _simple("moved_in_calendar", one_of("propose", "reschedule")),
    "auto_accept": _simple("auto_accept", one_of("never", "active")),
    "decision_grace": _span("decision_grace", high=_DAY),
    "max_per_week": _simple("max_per_week", a_whole(0, 1000)),
    "mode_gap": _span("mode_gap", high=_DAY),
    "longer_notice": _span("longer_notice"),
    "poll_interval": _span("poll_interval", _MINUTE, _DAY),
    "soft_busy": _Rule("soft_busy", lambda table, key: table.each(key, a_text(100)), list),
}
"""Every rule by its key, in the order in which rules are written."""


def read_rules(table: Table | None) -> dict[str, Any]:
    """The stated rules by their names in ``Rules``; an absent table states none."""
    if table is None:
        return {}
    found = {rule.field: rule.read(table, key) for key, rule in RULES.items()}
    table.done()
    return {name: value for name, value in found.items() if value is not None}


def check_together(table: Table, *layers: Mapping[str, Any]) -> None:
    """Reports at ``table``, the last layer's, what its rules make impossible together with those above it."""
    rules = effective(*layers)
    stated = layers[-1].keys()
    if rules.request_only_after >= rules.closed_after and stated & {"request_only_after", "closed_after"}:
        key = "request_only_after" if "request_only_after" in stated else "closed_after"
        table.wrong(
            f"request_only_after ({duration_text(rules.request_only_after)}) must be shorter than"
            f" closed_after ({duration_text(rules.closed_after)})",
            key,
        )


def rules_plain(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The stated rules by their keys, ready for JSON or TOML."""
    return {key: rule.plain(rules[rule.field]) for key, rule in RULES.items() if rule.field in rules}


def rules_from_plain(plain: Mapping[str, object]) -> dict[str, Any]:
    """The inverse of ``rules_plain``; raises ``ValueError`` for what it cannot have written."""
    faults = Faults()
    rules = read_rules(Table(plain, ("rules",), faults))
    if faults.wrong:
        raise ValueError("; ".join(f"{fault.path}: {fault.text}" for fault in faults.wrong))
    return rules
