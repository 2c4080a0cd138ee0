"""One VEVENT to an Event (RFC 5545 3.6.1). Whatever is wrong with a property is noted and read the busier way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sync.codecs import quirks
from sync.codecs.lines import Component, Line
from sync.codecs.values import LONGEST, moment_of, read_duration, read_list, read_moment, read_text
from sync.codecs.zones import Zones
from sync.model.event import Event, Recurrence, Response, Status, Transparency
from sync.model.instances import clock_of
from sync.model.moments import Length, Moment, WallTime
from sync.model.recurrence import BadRule, parse_rule
from sync.model.text import multi_line, single_line

_TIMES = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"}
_TEXTS = {"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES"}
_PEOPLE = {"ATTENDEE", "ORGANIZER"}
_MARKS = {"STATUS", "TRANSP", "CLASS", "SEQUENCE", "DTSTAMP", "X-MICROSOFT-CDO-BUSYSTATUS"}
WANTED = frozenset(_TIMES | _TEXTS | _PEOPLE | _MARKS)
"""Every property a reading depends on."""
_STATUSES = {status.value: status for status in Status}
_TRANSPARENCIES = {transparency.value: transparency for transparency in Transparency}
_ANSWERS = {answer.value: answer for answer in Response}
_BUSIEST = (Response.ACCEPTED, Response.TENTATIVE, Response.NEEDS_ACTION, Response.DECLINED)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Properties:
    """The lines of one VEVENT by name, in the order of the text, and the component they stand in."""

    lines: dict[str, list[Line]]
    component: Component

    def has(self, name: str) -> bool:
        return name in self.lines

    def all(self, name: str) -> list[Line]:
        return self.lines.get(name, [])

    def first(self, name: str) -> Line | None:
        lines = self.lines.get(name)
        return lines[0] if lines else None

    def text(self, name: str) -> str:
        """The first value, unescaped; empty if absent."""
        lines = self.lines.get(name)
        return read_text(lines[0].value) if lines else ""

    def word(self, name: str) -> str:
        return self.text(name).strip().upper()

    def parameter(self, name: str, parameter: str) -> str:
        line = self.first(name)
        return line.parameter(parameter) if line is not None else ""

    @property
    def rank(self) -> tuple[int, str]:
        sequence = self.text("SEQUENCE").strip()
        return int(sequence) if sequence.isascii() and sequence.isdigit() and len(
            sequence
        ) < 12 else 0, self.text("DTSTAMP")


def properties_of(lines: Iterable[Line], component: Component) -> Properties:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.name, []).append(line)
    return Properties(found, component)


class EventReader:
    """Reads the VEVENTs of one object and gathers what was wrong with them."""

    def __init__(self, zones: Zones, own_addresses: frozenset[str]) -> None:
        self._zones = zones
        self._own = own_addresses
        self._problems: list[str] = []

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self._problems, *self._zones.problems]))

    def problem(self, text: str) -> None:
        self._problems.append(text)

    def event(self, properties: Properties) -> Event:
        """Raises ValueError if there is no start that can be read."""
        line = properties.first("DTSTART")
        if line is None:
            raise ValueError("an event has no start")
        try:
            start = moment_of(line, self._zones.find)
        except ValueError as error:
            raise ValueError(f"the start {line.value[:40]!r} cannot be read: {error}") from error
        return self._event(properties, start, self._length(properties, start))

    def override(self, properties: Properties, recurrence_id: Moment, master: Event | None) -> Event:
        if properties.has("DTSTART"):
            return self.event(properties)
        if properties.word("STATUS") != Status.CANCELLED:
            self.problem("a changed occurrence has no start: it is read at its old time")
        start, length = quirks.cancelled_override_without_start(recurrence_id, master)
        return self._event(properties, start, length)

    def recurrence_id(self, properties: Properties) -> Moment:
        """A bad one is taken to be the override's own start. Raises ValueError if there is none either."""
        line = properties.first("RECURRENCE-ID")
        start = self.start_or_none(properties)
        try:
            if line is not None:
                return moment_of(line, self._zones.find)
        except ValueError:
            self.problem("it is not said which occurrence was changed")
        if start is None:
            raise ValueError("a changed occurrence has no time at all")
        return start

    def start_or_none(self, properties: Properties) -> Moment | None:
        line = properties.first("DTSTART")
        try:
            return moment_of(line, self._zones.find) if line is not None else None
        except ValueError:
            return None

    def recurrence(self, properties: Properties, master: Event) -> Recurrence:
        """Bad rules stay as text; what is excluded by RFC 2445's EXRULE stays busy."""
        rules = tuple(line.value.strip() for line in properties.all("RRULE"))
        for rule in rules:
            try:
                parse_rule(rule)
            except BadRule as error:
                self.problem(f"its rule is not valid: {error}")
        if properties.has("EXRULE"):
            self.problem("it has an EXRULE, which is not followed")
        return Recurrence(rules, self._dates(properties), self._excluded(properties))

    def _event(self, properties: Properties, start: Moment, length: Length) -> Event:
        return Event(
            start=start,
            length=length,
            summary=single_line(properties.text("SUMMARY")),
            description=multi_line(properties.text("DESCRIPTION")),
            location=single_line(properties.text("LOCATION")),
            status=_status(properties),
            transparency=_transparency(properties),
            own_response=self._own_response(properties),
            categories=_categories(properties),
            private=properties.word("CLASS") in ("PRIVATE", "CONFIDENTIAL"),
        )

    def _length(self, properties: Properties, start: Moment) -> Length:
        end, duration = properties.first("DTEND"), properties.first("DURATION")
        try:
            if end is not None and end.value.strip():
                return self._length_to(start, moment_of(end, self._zones.find))
            if duration is not None:
                length = read_duration(duration.value)
                return length if isinstance(start, WallTime) else _whole_days(length)
        except ValueError as error:
            self.problem(f"its end cannot be read ({error})")
            return quirks.end_before_start(start)
        return Length() if isinstance(start, WallTime) else Length(days=1)

    def _length_to(self, start: Moment, end: Moment) -> Length:
        if isinstance(start, WallTime) is not isinstance(end, WallTime):
            self.problem("its start and end are not of one kind")
            if isinstance(start, WallTime):
                end = WallTime(datetime.combine(clock_of(end).date(), time()), start.zone)
            else:
                whole = clock_of(end).time() == time()
                end = clock_of(end).date() if whole else clock_of(end).date() + _DAY
        if not isinstance(start, WallTime) or not isinstance(end, WallTime):
            days = (clock_of(end) - clock_of(start)).days
            if days == 0:
                return quirks.date_ends_on_its_start(Length())
            length, ahead = Length(days=days), timedelta(days=days)
        elif start.zone is None or end.zone is None:
            # Of a floating time the wall clock is all that is known: whole days stay whole days across DST.
            ahead = end.clock - start.clock
            length = Length(ahead.days, ahead - ahead.days * _DAY)
        else:
            ahead = (
                end.clock - start.clock
                if start.zone == end.zone == "UTC"
                else end.instant("UTC") - start.instant("UTC")
            )
            length = Length(exact=ahead)
        if ahead < timedelta(0):
            self.problem("it ends before it starts")
            return quirks.end_before_start(start)
        if ahead > LONGEST:
            raise ValueError("it is longer than a century")
        return length

    def _own_response(self, properties: Properties) -> Response | None:
        if not self._own or not properties.has("ATTENDEE"):
            return None
        answers = set()
        for line in properties.all("ATTENDEE"):
            if self._own & quirks.attendee_addresses(line):
                stated = line.parameter("PARTSTAT").upper()
                answers.add(_ANSWERS.get(stated) if stated else Response.NEEDS_ACTION)
        if not answers or None in answers:  # DELEGATED and what we do not know: she may yet come
            return None
        response = next(answer for answer in _BUSIEST if answer in answers)
        organizer = properties.first("ORGANIZER")
        organizes = organizer is not None and bool(self._own & quirks.attendee_addresses(organizer))
        return quirks.organizer_without_answer(response, organizes)

    def _dates(self, properties: Properties) -> tuple[tuple[Moment, Length | None], ...]:
        found: list[tuple[Moment, Length | None]] = []
        for line in properties.all("RDATE"):
            for piece in filter(None, (piece.strip() for piece in line.value.split(","))):
                begin, slash, end = piece.partition("/")
                try:
                    start = read_moment(begin, line.parameter("TZID"), self._zones.find)
                    found.append((start, self._period(start, end, line) if slash else None))
                except ValueError:
                    self.problem("an extra date cannot be read")
        return tuple(found)

    def _period(self, start: Moment, end: str, line: Line) -> Length:
        if end[:1].upper() in ("P", "+", "-"):
            return read_duration(end)
        return self._length_to(start, read_moment(end, line.parameter("TZID"), self._zones.find))

    def _excluded(self, properties: Properties) -> tuple[Moment, ...]:
        found = []
        for line in properties.all("EXDATE"):
            tzid = line.parameter("TZID")
            for piece in filter(None, (piece.strip() for piece in line.value.split(","))):
                try:
                    found.append(read_moment(piece, tzid, self._zones.find))
                except ValueError:
                    self.problem("an excluded date cannot be read")
        return tuple(found)


def _whole_days(length: Length) -> Length:
    """RFC 5545 3.8.2.5 allows only days and weeks on a DATE; hours make a day of their own."""
    days = length.days + -(-length.exact // _DAY)
    return Length(days=max(1, days))


def _status(properties: Properties) -> Status:
    word = properties.word("STATUS")
    if word in _STATUSES:
        return _STATUSES[word]
    busy = properties.word("X-MICROSOFT-CDO-BUSYSTATUS")
    unsaid = not properties.has("STATUS") and not properties.has("TRANSP")
    return Status.TENTATIVE if unsaid and busy == "TENTATIVE" else Status.CONFIRMED


def _transparency(properties: Properties) -> Transparency:
    word = properties.word("TRANSP")
    stated = _TRANSPARENCIES.get(word)
    if properties.has("X-MICROSOFT-CDO-BUSYSTATUS"):
        return quirks.busystatus_beside_transp(properties.text("X-MICROSOFT-CDO-BUSYSTATUS"), stated)
    return stated or Transparency.OPAQUE


def _categories(properties: Properties) -> tuple[str, ...]:
    found = (single_line(text) for line in properties.all("CATEGORIES") for text in read_list(line.value))
    return tuple(dict.fromkeys(filter(None, found)))
