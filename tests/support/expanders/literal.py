"""RFC 5545 3.3.10 read word by word, with no thought of speed: the arbiter between expanders.

Every day of an interval is looked at and every part of the rule asked about it; nothing is shared with our walk.
Where the text leaves a choice, docs/recurrence.md says which was made and why.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice, product, takewhile

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = timedelta(days=1)
_LISTS = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS")


def starts(text: str, first: datetime, high: datetime, most: int) -> list[datetime]:
    """Wall-clock starts up to ``high``. ``first`` is the first and counts as one, matched by the rule or not."""
    rule = _Literal(text, first)
    later = takewhile(
        lambda at: at <= min(high, rule.until), (at for at in rule.instances(high) if at > first)
    )
    return [first, *islice(later, min(most, rule.count or most) - 1)]


def matched(text: str, first: datetime, high: datetime) -> Iterator[datetime]:
    """What the rule itself gives from ``first`` on: whether DTSTART keeps to it (3.8.5.3)."""
    return (at for at in _Literal(text, first).instances(high) if first <= at <= high)


class _Literal:
    def __init__(self, text: str, first: datetime) -> None:
        parts = dict(part.split("=") for part in text.split(";"))
        self.frequency = parts["FREQ"]
        self.interval = int(parts.get("INTERVAL", "1"))
        self.count = int(parts["COUNT"]) if "COUNT" in parts else None
        self.until = until_of(parts["UNTIL"]) if "UNTIL" in parts else datetime.max
        self.week_start = DAYS.index(parts.get("WKST", "MO"))
        self.by = {name: [int(n) for n in parts[name].split(",")] for name in _LISTS if name in parts}
        self.days = (
            [(int(day[:-2] or 0), DAYS.index(day[-2:])) for day in parts["BYDAY"].split(",")]
            if "BYDAY" in parts
            else []
        )
        self.first = first
        self._fill()

    def _fill(self) -> None:
        """What is finer than all that is stated is taken from DTSTART."""
        no_day = not self.days and not {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"} & self.by.keys()
        if no_day and self.frequency == "YEARLY":
            self.by.setdefault("BYMONTH", [self.first.month])
        if no_day and self.frequency in ("YEARLY", "MONTHLY"):
            self.by["BYMONTHDAY"] = [self.first.day]
        only_week = (
            "BYWEEKNO" in self.by and not self.days and not {"BYYEARDAY", "BYMONTHDAY"} & self.by.keys()
        )
        if only_week or (no_day and self.frequency == "WEEKLY"):
            self.days = [(0, self.first.weekday())]

    def instances(self, high: datetime) -> Iterator[datetime]:
        for begin, end in self._intervals(high):
            found = sorted(self._instances_in(begin, end))
            yield from self._positions(found)

    def _intervals(self, high: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Begin and end of every INTERVALth year, month, week, day, hour or minute from that of DTSTART on."""
        step = 0
        while True:
            begin, end = self._interval(step * self.interval)
            if begin > high + 8 * _DAY:
                return
            yield begin, end
            step += 1

    def _interval(self, ahead: int) -> tuple[datetime, datetime]:
        first = self.first
        midnight = datetime.combine(first.date(), time())
        match self.frequency:
            case "YEARLY" if "BYWEEKNO" in self.by:
                # Weeks are "weeks of the year": one that begins in December may be week 1 of the year after.
                year = self._year_of_week(first.date()) + ahead
                return self._first_week(year), self._first_week(year + 1)
            case "YEARLY":
                return datetime(first.year + ahead, 1, 1), datetime(first.year + ahead + 1, 1, 1)
            case "MONTHLY":
                month = first.year * 12 + first.month - 1 + ahead
                return (
                    datetime(month // 12, month % 12 + 1, 1),
                    datetime((month + 1) // 12, (month + 1) % 12 + 1, 1),
                )
            case "WEEKLY":
                begin = midnight - _DAY * ((first.weekday() - self.week_start) % 7) + ahead * 7 * _DAY
                return begin, begin + 7 * _DAY
            case "DAILY":
                return midnight + ahead * _DAY, midnight + (ahead + 1) * _DAY
            case "HOURLY":
                begin = first.replace(minute=0, second=0) + timedelta(hours=ahead)
                return begin, begin + timedelta(hours=1)
        begin = first.replace(second=0) + timedelta(minutes=ahead)
        return begin, begin + timedelta(minutes=1)

    def _first_week(self, year: int) -> datetime:
        """The first week "that contains at least four (4) days in that calendar year" is the one with 4 January."""
        fourth = datetime(year, 1, 4)
        return fourth - _DAY * ((fourth.weekday() - self.week_start) % 7)

    def _year_of_week(self, day: date) -> int:
        begin = datetime.combine(day, time())
        return next(
            year for year in (day.year + 1, day.year, day.year - 1) if self._first_week(year) <= begin
        )

    def _instances_in(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        day = begin.date()
        while datetime.combine(day, time()) < end:
            if self._day_is_meant(day, begin):
                yield from (at for at in self._times(day, begin) if begin <= at < end)
            day += _DAY

    def _day_is_meant(self, day: date, begin: datetime) -> bool:
        by = self.by
        if "BYMONTH" in by and day.month not in by["BYMONTH"]:
            return False
        if self.days and not any(self._weekday_is_meant(day, *wanted) for wanted in self.days):
            return False
        length = monthrange(day.year, day.month)[1]
        year_day = (day - date(day.year, 1, 1)).days + 1
        days_in_year = (date(day.year, 12, 31) - date(day.year, 1, 1)).days + 1
        if "BYWEEKNO" in by:
            year = self._year_of_week(day)
            weeks = (self._first_week(year + 1) - self._first_week(year)).days // 7
            week = (datetime.combine(day, time()) - self._first_week(year)).days // 7
            if not {week + 1, week - weeks} & set(by["BYWEEKNO"]):
                return False
        if "BYYEARDAY" in by and not {year_day, year_day - days_in_year - 1} & set(by["BYYEARDAY"]):
            return False
        return "BYMONTHDAY" not in by or bool({day.day, day.day - length - 1} & set(by["BYMONTHDAY"]))

    def _weekday_is_meant(self, day: date, ordinal: int, weekday: int) -> bool:
        if day.weekday() != weekday:
            return False
        if not ordinal:
            return True
        if self.frequency == "MONTHLY" or "BYMONTH" in self.by:
            begin, end = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        else:
            begin, end = date(day.year, 1, 1), date(day.year, 12, 31)
        same = [
            begin + n * _DAY for n in range((end - begin).days + 1) if (begin + n * _DAY).weekday() == weekday
        ]
        return same.index(day) == (ordinal - 1 if ordinal > 0 else len(same) + ordinal)

    def _times(self, day: date, begin: datetime) -> Iterator[datetime]:
        by, first = self.by, self.first
        below_hour, below_minute = self.frequency in ("HOURLY", "MINUTELY"), self.frequency == "MINUTELY"
        hours = (
            [h for h in by.get("BYHOUR", range(24)) if h == begin.hour]
            if below_hour
            else by.get("BYHOUR", [first.hour])
        )
        minutes = (
            [m for m in by.get("BYMINUTE", range(60)) if m == begin.minute]
            if below_minute
            else by.get("BYMINUTE", [first.minute])
        )
        for hour, minute, second in product(hours, minutes, by.get("BYSECOND", [first.second])):
            yield datetime.combine(day, time(hour, minute, second))

    def _positions(self, found: list[datetime]) -> list[datetime]:
        if "BYSETPOS" not in self.by:
            return found
        size = len(found)
        wanted = {n - 1 if n > 0 else size + n for n in self.by["BYSETPOS"]}
        return [at for n, at in enumerate(found) if n in wanted]


def until_of(text: str) -> datetime:
    """The last wall clock that is allowed; a DATE holds to the end of its day."""
    if "T" not in text:
        return datetime.strptime(text, "%Y%m%d") + _DAY - timedelta(seconds=1)
    return datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")
