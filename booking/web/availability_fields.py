"""The forms of the pages about availability, read into values and written back. Pure; wall clock and dates only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from booking.ladder import N_
from booking.plain.rules import read_rules, rules_plain
from booking.plain.table import Faults, Table
from booking.plain.values import MIDNIGHT, clock_text, end_text, ends_after
from booking.practice import Block, ClientStatus, DateOverride, Mode, Window
from booking.refusals import FieldError
from booking.rules import RULE_NAMES, Door, NoticeByClock, Rules

T = TypeVar("T")

RULE_FIELDS = (
    "minimum_notice", "notice_days", "notice_until", "horizon", "increment", "max_per_day", "max_per_week",
    "mode_gap", "open_requests_per_client", "longer_notice", "new_clients", "open_below", "close_above", "door_window",
)  # fmt: skip
_TEXTS = ("horizon", "increment", "mode_gap", "longer_notice")
_NUMBERS = ("max_per_day", "max_per_week", "open_requests_per_client")
_SHOWN = frozenset(
    {
        "minimum_notice", "horizon_days", "increment", "max_per_day", "max_per_week", "mode_gap",
        "open_requests_per_client", "longer_notice", "new_clients", "client_statuses",
    }
)  # fmt: skip
"""The rules of ``Rules`` that the page edits; all others stay as they are."""
MOST_WINDOWS = 3
_MOST_DIGITS = 9
LOAD = "load"
"""What ``new_clients`` says for a load-aware door."""


Given = MultiDict[str, str]
"""A form as it was sent."""


@dataclass
class Reading:
    """Reads fields of a form and keeps what was wrong with them."""

    given: Given
    errors: list[FieldError]

    def word(self, name: str) -> str:
        return self.given.get(name, "").strip()

    def wrong(self, name: str, text: str) -> None:
        self.errors.append(FieldError(name, text))

    def maybe(self, name: str, read: Callable[[str], T], text: str) -> T | None:
        """None where nothing was given, and where it cannot be read."""
        word = self.word(name)
        try:
            return read(word) if word else None
        except ValueError:
            self.wrong(name, text)
            return None

    def hours(self, start_name: str, end_name: str) -> tuple[time, time] | None:
        text = N_("Please give a time, such as 09:00.")
        start, end = self.maybe(start_name, _clock, text), self.maybe(end_name, _clock, text)
        if start is None or end is None:
            if not self.errors:
                self.wrong(start_name, text)
            return None
        if not ends_after(start, end):
            self.wrong(
                end_name, N_("The end must lie after the start; 00:00 is the midnight that ends the day.")
            )
            return None
        return start, end

    def weekdays(self) -> frozenset[int]:
        return frozenset(int(day) for day in self.given.getlist("days") if day in set("0123456"))

    def weeks(self) -> int:
        """Every how many weeks; every one if nothing is said."""
        text = N_("Please give a number of weeks from 1 to 52.")
        weeks = self.maybe("every_weeks", int, text)
        if weeks is not None and not 1 <= weeks <= 52:
            self.wrong("every_weeks", text)
        return weeks or 1

    def validity(self) -> tuple[date | None, date | None]:
        text = N_("Please give a day.")
        first, last = (self.maybe(name, date.fromisoformat, text) for name in ("from", "until"))
        if first and last and last < first:
            self.wrong("until", N_("The last day must not lie before the first."))
        return first, last


def _clock(text: str) -> time:
    found = time.fromisoformat(text)
    if found.tzinfo or found.second or found.microsecond:
        raise ValueError(text)
    return found


def block_of(given: Given) -> tuple[Block | None, list[FieldError]]:
    """A block, or what of it cannot be read."""
    reading = Reading(given, [])
    days = reading.weekdays()
    if not days:
        reading.wrong("days", N_("Please choose at least one day."))
    modes = tuple(mode for mode in Mode if mode.value in given.getlist("modes"))
    if not modes:
        reading.wrong("modes", N_("Please choose how clients can come."))
    hours = reading.hours("start", "end")
    first, last = reading.validity()
    weeks = reading.weeks()
    if reading.errors or hours is None:
        return None, reading.errors
    block = Block(
        days=days,
        start=hours[0],
        end=hours[1],
        online=bool(given.get("online")),
        modes=modes,
        services=tuple(given.getlist("services")) or None,
        location=reading.word("location") or None,
        from_date=first,
        until=last,
        every_weeks=weeks,
    )
    return block, []


def block_fields(block: Block) -> dict[str, Any]:
    return {
        "days": {str(day) for day in block.days},
        "start": clock_text(block.start),
        "end": end_field(block.end),
        "online": block.online,
        "modes": {mode.value for mode in block.modes},
        "services": set(block.services or ()),
        "location": block.location or "",
        "from": iso(block.from_date),
        "until": iso(block.until),
        "every_weeks": str(block.every_weeks),
    }


def end_field(end: time) -> str:
    """As a browser's field has it, which knows no 24:00."""
    return "00:00" if end == MIDNIGHT else end_text(end)


def new_block() -> dict[str, Any]:
    """A morning on workdays."""
    return block_fields(Block(frozenset(range(5)), time(9), time(12)))


def override_of(given: Given) -> tuple[DateOverride | None, list[FieldError]]:
    reading = Reading(given, [])
    first, last = reading.validity()
    if first is None:
        if not reading.errors:
            reading.wrong("from", N_("Please give a day."))
        return None, reading.errors
    windows: list[Window] = []
    if given.get("closed", "") != "1":
        for index in range(MOST_WINDOWS):
            names = f"start{index}", f"end{index}"
            if not any(reading.word(name) for name in names):
                continue
            hours = reading.hours(*names)
            if hours and any(_meet(hours, window) for window in windows):
                reading.wrong(names[0], N_("It overlaps other hours of this date."))
            elif hours:
                windows.append(Window(*hours))
        if not windows and not reading.errors:
            reading.wrong("start0", N_("Please give hours, or choose closed."))
    if reading.errors:
        return None, reading.errors
    return DateOverride(first, last or first, tuple(windows)), []


def _meet(hours: tuple[time, time], window: Window) -> bool:
    return ends_after(hours[0], window.end) and ends_after(window.start, hours[1])


def override_fields(override: DateOverride) -> dict[str, Any]:
    fields = {
        "from": iso(override.first),
        "until": "" if override.first == override.last else iso(override.last),
        "closed": override.closed,
    }
    for index, window in enumerate(override.windows):
        fields |= {f"start{index}": clock_text(window.start)}
        fields |= {f"end{index}": end_field(window.end)}
    return fields


def rules_of(given: Given) -> tuple[dict[str, Any], list[FieldError]]:
    """The rules that the form states, by their names in ``Rules``; None for those it leaves to the level above."""
    plain = _plain(given)
    faults = Faults()
    found = read_rules(Table(plain, (), faults))
    errors = [FieldError(_field(*fault.path), EXAMPLES) for fault in faults.wrong]
    if errors:
        return {}, errors
    return {name: found.get(name) for name in _SHOWN}, []


EXAMPLES = N_("This cannot be read. Please write it like the example.")


def _plain(given: Given) -> dict[str, Any]:
    def word(name: str) -> str:
        return given.get(name, "").strip()

    plain: dict[str, Any] = {name: word(name) for name in (*_TEXTS, "minimum_notice") if word(name)}
    for name in _NUMBERS:
        if word(name):
            plain[name] = a_count(word(name))
    if word("notice_days") and word("notice_until"):
        days = word("notice_days")
        plain["minimum_notice"] = {
            "days": a_count(days), "until": word("notice_until")
        }  # fmt: skip
    if word("new_clients") == LOAD:
        plain["new_clients"] = {
            "open_below": _share(word("open_below")),
            "close_above": _share(word("close_above")),
            "window": word("door_window"),
        }
    elif word("new_clients"):
        plain["new_clients"] = word("new_clients")
    statuses = [status for status in given.getlist("client_statuses") if status]
    if statuses:
        plain["client_statuses"] = statuses
    return plain


def a_count(text: str) -> object:
    """A whole number; what is none, or has more digits than any that is meant, is left to be refused."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else text


def _share(text: str) -> object:
    """Per cent as a share; what is no number is left for the reader of rules to refuse."""
    try:
        return float(text) / 100
    except ValueError:
        return text


def _field(name: str | int, *_: str | int) -> str:
    """The form's field for a rule: the first of those that make it up."""
    if name == "new_clients":
        return "open_below"
    return str(name)


def rule_fields(rules: Mapping[str, Any]) -> dict[str, Any]:
    """What a level states itself, as the form has it."""
    fields: dict[str, Any] = dict.fromkeys(RULE_FIELDS, "")
    plain = rules_plain({name: value for name, value in rules.items() if name in _SHOWN & RULE_NAMES})
    fields |= {name: str(value) for name, value in plain.items() if name in (*_TEXTS, *_NUMBERS)}
    fields["client_statuses"] = set(plain.get("client_statuses", ()))
    notice = rules.get("minimum_notice")
    if isinstance(notice, NoticeByClock):
        fields |= {"notice_days": str(notice.days), "notice_until": clock_text(notice.until)}
    elif notice is not None:
        fields["minimum_notice"] = str(plain["minimum_notice"])
    door = rules.get("new_clients")
    if isinstance(door, Door):
        fields |= {
            "new_clients": LOAD,
            "open_below": f"{door.open_below * 100:g}",
            "close_above": f"{door.close_above * 100:g}",
            "door_window": plain["new_clients"]["window"],
        }
    elif door is not None:
        fields["new_clients"] = door
    return fields


def inherited(rules: Rules) -> dict[str, Any]:
    """What holds where the level states nothing: the placeholders of the form."""
    return rule_fields({name: getattr(rules, name) for name in _SHOWN})


def statuses() -> Sequence[str]:
    return [status.value for status in ClientStatus]


def iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
