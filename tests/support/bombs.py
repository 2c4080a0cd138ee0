"""Calendar objects made to exhaust their reader, and what each costs: ``make bombs``.

Sizes are those of an object a server may hand out (256 KiB); longer ones are cut off before they are read.
"""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime

from sync.codecs.ical import Unreadable, read_object
from sync.model.event import Series
from sync.model.occurrences import Expansion, occurrences
from sync.model.timespan import TimeSpan

WINDOW = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
MOST_SECONDS, MOST_BYTES = 0.25, 64 * 1024 * 1024
_SIXTY = ",".join(map(str, range(60)))
_HOURS = ",".join(map(str, range(24)))
_DAYS = ",".join(map(str, range(1, 367)))
_WEEKS = ",".join(map(str, range(1, 54)))
_MONTH = ",".join(map(str, range(1, 32)))
_WEEKDAYS = ",".join(f"{n}{day}" for n in range(1, 54) for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
OLD, ANCIENT, NEW = "20000101T090000", "00020101T090000", "20260301T090000"


def event(*lines: str, start: str = NEW, length: str = "DURATION:PT1H") -> list[str]:
    return ["BEGIN:VEVENT", "UID:bomb", f"DTSTART:{start}", length, *lines, "END:VEVENT"]


def calendar(*parts: Iterable[str]) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", *(line for part in parts for line in part), "END:VCALENDAR", ""])


def zone(*observances: Iterable[str], tzid: str = "Nowhere") -> list[str]:
    return [
        "BEGIN:VTIMEZONE",
        f"TZID:{tzid}",
        *(line for part in observances for line in part),
        "END:VTIMEZONE",
    ]


def observance(*more: str, start: str = "16010101T000000", after: str = "+0100") -> list[str]:
    lines = ["BEGIN:STANDARD", f"DTSTART:{start}", "TZOFFSETFROM:+0030", f"TZOFFSETTO:{after}"]
    return [*lines, *more, "END:STANDARD"]


def zoned(tzid: str = "Nowhere", *more: str) -> list[str]:
    return ["BEGIN:VEVENT", "UID:bomb", f"DTSTART;TZID={tzid}:{NEW}", "DURATION:PT1H", *more, "END:VEVENT"]


def ruled(rule: str, start: str = OLD) -> str:
    return calendar(event(f"RRULE:{rule}", start=start))


def _rules() -> dict[str, str]:
    return {
        "every second": ruled("FREQ=SECONDLY"),
        "every second from the year 2": ruled("FREQ=SECONDLY", ANCIENT),
        "a thousand million seconds": ruled("FREQ=SECONDLY;COUNT=1000000000"),
        "every second of 30 February": ruled("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
        "every minute": ruled("FREQ=MINUTELY"),
        "every minute from the year 2": ruled("FREQ=MINUTELY", ANCIENT),
        "every minute of 30 February": ruled("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", ANCIENT),
        "every minute, ten thousand times": ruled("FREQ=MINUTELY;COUNT=10000;BYHOUR=3", ANCIENT),
        "every second of a minute": ruled(f"FREQ=MINUTELY;BYSECOND={_SIXTY}", NEW),
        "every hour from the year 2": ruled("FREQ=HOURLY", ANCIENT),
        "every hour of 30 February, counted": ruled(
            "FREQ=HOURLY;COUNT=10000;BYMONTH=2;BYMONTHDAY=30", ANCIENT
        ),
        "every second of every hour": ruled(f"FREQ=HOURLY;BYMINUTE={_SIXTY};BYSECOND={_SIXTY}"),
        "every minute of every day": ruled(f"FREQ=DAILY;BYHOUR={_HOURS};BYMINUTE={_SIXTY}"),
        "every second of every day": ruled(f"FREQ=DAILY;BYHOUR={_HOURS};BYMINUTE={_SIXTY};BYSECOND={_SIXTY}"),
        "every day of the year at every minute": ruled(f"FREQ=YEARLY;BYYEARDAY={_DAYS};BYMINUTE={_SIXTY}"),
        "every list at once": ruled(
            f"FREQ=YEARLY;BYMONTH=1,2,3;BYWEEKNO={_WEEKS};BYYEARDAY={_DAYS};BYMONTHDAY={_MONTH};BYSETPOS={_DAYS}"
        ),
        "every weekday of the year by number": ruled(f"FREQ=YEARLY;BYDAY={_WEEKDAYS}", ANCIENT),
        "30 February, daily": ruled("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", ANCIENT),
        "30 February, yearly, counted": ruled("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=10000", ANCIENT),
        "30 February, daily, counted": ruled("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=10000", ANCIENT),
        "a huge count": ruled("FREQ=DAILY;COUNT=9999999999", ANCIENT),
        "a huge interval": ruled("FREQ=YEARLY;INTERVAL=9999999999", ANCIENT),
        "a count of many digits": ruled("FREQ=DAILY;COUNT=" + "9" * 4_000),
        "until the end of time": ruled("FREQ=DAILY;UNTIL=99991231T235959Z", ANCIENT),
        "a hundred thousand numbers": ruled("FREQ=YEARLY;BYYEARDAY=" + ",".join(["366"] * 60_000)),
        "a rule that is none": ruled("FREQ=FORTNIGHTLY;BYEASTER=1"),
        "a thousand rules": calendar(event(*["RRULE:FREQ=DAILY;COUNT=10000"] * 1_000, start=OLD)),
        "a thousand rules by the second": calendar(event(*["RRULE:FREQ=SECONDLY"] * 1_000, start=OLD)),
        "five hundred different rules": calendar(
            event(
                *(f"RRULE:FREQ=DAILY;COUNT={9_000 + n};BYMONTH=2;BYMONTHDAY=30" for n in range(500)),
                start=ANCIENT,
            )
        ),
    }


def _lists() -> dict[str, str]:
    dates = ",".join(f"2026{month:02}{day:02}T{hour:02}0000" for month in range(1, 13) for day in range(1, 29)
                     for hour in range(0, 24, 2))  # fmt: skip
    periods = ",".join(f"2026{1 + n % 12:02}{1 + n % 28:02}T{n % 24:02}0000/P9000D" for n in range(2_000))
    overrides = [
        ["BEGIN:VEVENT", "UID:bomb", f"RECURRENCE-ID:2026{1 + n % 12:02}{1 + n % 28:02}T{n % 24:02}{n % 60:02}00",
         f"DTSTART:{NEW}", "DURATION:PT1H", "END:VEVENT"]
        for n in range(1_900)
    ]  # fmt: skip
    later = [
        [*part[:2], part[2].replace("ID:", "ID;RANGE=THISANDFUTURE:"), *part[3:]]
        for part in overrides[:1_500]
    ]
    return {
        "four thousand extra dates": calendar(event(f"RDATE:{dates}")),
        "two thousand extra periods of years": calendar(event(f"RDATE;VALUE=PERIOD:{periods}")),
        "ten thousand excluded dates": calendar(event("RRULE:FREQ=DAILY", "EXDATE:" + dates + "," + dates)),
        "two thousand overrides": calendar(event("RRULE:FREQ=DAILY"), *overrides),
        "fifteen hundred changes of all later ones": calendar(event("RRULE:FREQ=HOURLY"), *later),
        "a century that repeats daily": calendar(event("RRULE:FREQ=DAILY", length="DURATION:P36525D", start=OLD)),
        "ten thousand years": calendar(event(length="DURATION:P99999999D")),
        "a line of a quarter megabyte": calendar(event("DESCRIPTION:" + "x" * 250_000)),
        "a line of folds": calendar(event("DESCRIPTION:" + "x\r\n " * 60_000)),
        "escapes alone": calendar(event("DESCRIPTION:" + "\\n" * 120_000)),
        "quotes alone": calendar(event('X-A;B="' + '"' * 200_000 + ":1")),
        "parameters alone": calendar(event("DTEND" + ";A=B" * 60_000 + ":20260301T100000")),
        "five thousand guests": calendar(event(*["ATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example"] * 5_000)),
        "twenty thousand lines": calendar(event(*["X-A:1"] * 30_000)),
        "nested a thousand deep": calendar(event(*["BEGIN:VALARM"] * 1_000)),
        "four thousand alarms": calendar(event(*["BEGIN:VALARM", "END:VALARM"] * 4_500)),
        "nothing ends": calendar(*[["BEGIN:VEVENT", f"DTSTART:{NEW}", "RRULE:FREQ=SECONDLY"]] * 3_000),
        "two megabytes": calendar(event("RRULE:FREQ=DAILY", "DESCRIPTION:" + "y" * 2_000_000)),
    }  # fmt: skip


def _zones() -> dict[str, str]:
    many = [zone(observance("RRULE:FREQ=YEARLY;BYDAY=MO"), tzid=f"Nowhere/{n}") for n in range(400)]
    dates = ",".join(f"{year}0101T000000" for year in range(1, 9_000))
    odd = [
        zone(
            observance(f"RRULE:FREQ=YEARLY;BYMONTH={1 + n % 12};BYMONTHDAY={1 + n % 28}"), tzid=f"Nowhere/{n}"
        )
        for n in range(300)
    ]
    users = [line for n in range(300) for line in [f"EXDATE;TZID=Nowhere/{n}:20260302T090000"]]
    return {
        "a zone by the second": calendar(zone(observance("RRULE:FREQ=SECONDLY")), zoned()),
        "a zone by the hour": calendar(zone(observance("RRULE:FREQ=HOURLY")), zoned()),
        "a zone of every day": calendar(zone(observance(f"RRULE:FREQ=YEARLY;BYYEARDAY={_DAYS}")), zoned()),
        "a zone of thirty days": calendar(
            zone(observance(f"RRULE:FREQ=YEARLY;BYMONTHDAY={_MONTH}")), zoned()
        ),
        "a zone of nine thousand dates": calendar(zone(observance(f"RDATE:{dates}")), zoned()),
        "a zone of a thousand parts": calendar(zone(*[observance()] * 1_000), zoned()),
        "a zone of an offset that is none": calendar(zone(observance(after="+9999")), zoned()),
        "four hundred zones for one event": calendar(*many, zoned("Nowhere/7")),
        "three hundred zones for one event, all asked": calendar(*odd, zoned("Nowhere/7", *users)),
        "a zone in a zone": calendar(zone(*[zone(observance())] * 300), zoned()),
    }


BOMBS = {**_rules(), **_lists(), **_zones()}


def survived(text: str) -> tuple[Series | None, Expansion | None]:
    """What is read of a bomb, and what it takes; None where not even a start was found."""
    try:
        series: Series | None = read_object(text, own_addresses=frozenset({"ada@home.example"}))
    except Unreadable as error:
        series = error.salvage
    return series, None if series is None else occurrences(series, window=WINDOW, zone="Europe/Berlin")


def _cpu_seconds(text: str) -> float:
    begin = time.process_time()
    survived(text)
    return time.process_time() - begin


def main() -> int:
    """Measure each: CPU seconds first, the best of three, then the peak of memory with every allocation watched."""
    survived(BOMBS["every hour from the year 2"])  # what is loaded once is not the bomb's
    worst, over = 0.0, []
    for name, text in BOMBS.items():
        seconds = min(_cpu_seconds(text) for _ in range(3))
        tracemalloc.start()
        survived(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        worst = max(worst, seconds)
        mark = "  over" if seconds > MOST_SECONDS or peak > MOST_BYTES else ""
        over += [name] if mark else []
        print(f"{seconds * 1000:7.0f} ms {peak / 2**20:6.1f} MiB {len(text) / 1024:7.0f} KiB  {name}{mark}")
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(BOMBS)} bombs, the worst {worst * 1000:.0f} ms, {len(over)} over; {resident:.0f} MiB resident in all"
    )
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
