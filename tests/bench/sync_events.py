"""Collections of mixed events, made of one number: 55% timed, 25% all-day, 20% endless series, some with exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from random import Random

from tests.support import ics

SEED = 20_260_401
TODAY = date(2026, 4, 1)
_WORDS = (
    "planning",
    "review",
    "call",
    "lunch",
    "dentist",
    "school",
    "train",
    "rent",
    "physio",
    "choir",
    "board",
)
_DAY = timedelta(days=1)


def collection(count: int) -> Mapping[str, str]:
    """File name -> text of one calendar object, from half a year back to half a year ahead.

    Together they hold ``count`` VEVENTs, an exception being one too: Radicale refuses reports of more than 10,000.
    """
    random = Random(SEED + count)
    texts: dict[str, str] = {}
    left = count
    while left > 0:
        text = _object(random, len(texts), exceptions=left > 1)
        texts[f"event-{len(texts):06}.ics"] = text
        left -= text.count("BEGIN:VEVENT")
    return texts


def changed(texts: Mapping[str, str], turn: int) -> tuple[dict[str, str], list[str]]:
    """Ten changes, others each turn: six objects moved and two new ones to be put, two series to be removed."""
    random = Random(SEED + turn)
    removed = random.sample([name for name, text in texts.items() if "RRULE:FREQ=WEEKLY" in text], 2)
    named = random.sample(sorted(texts.keys() - removed), 6)
    put = {name: _again(random, name) for name in named}
    put |= {f"new-{turn}-{number}.ics": timed(random, f"new-{turn}-{number}") for number in range(2)}
    return put, removed


def timed(random: Random, uid: str) -> str:
    start = _start(random)
    length = timedelta(minutes=random.choice([15, 30, 45, 50, 60, 90, 120]))
    return ics.timed(uid, start, start + length, tzid=ics.NEW_YORK, **_texts(random))


def _object(random: Random, number: int, *, exceptions: bool) -> str:
    uid, lot = f"event-{number:06}", random.random()
    if lot < 0.55:
        return timed(random, uid)
    if lot < 0.80:
        first = _start(random).date()
        return ics.all_day(uid, first, first + random.choice([1, 1, 1, 2, 5]) * _DAY, **_texts(random))
    start = _start(random)
    moved, excluded = {}, []
    if exceptions and random.random() < 0.3:
        moved = {start + 14 * _DAY: start + 15 * _DAY}
        excluded = [start + 21 * _DAY]
    return ics.weekly(
        uid,
        start,
        timedelta(minutes=random.choice([30, 60])),
        moved=moved,
        exdates=excluded,
        **_texts(random),
    )


def _again(random: Random, name: str) -> str:
    return timed(random, name.removesuffix(".ics"))


def _start(random: Random) -> datetime:
    day = TODAY + random.randint(-180, 180) * _DAY
    return datetime.combine(day, time(random.randint(7, 19), random.choice([0, 15, 30, 45])))


def _texts(random: Random) -> dict[str, object]:
    words = random.choices(_WORDS, k=3)
    extra = ["CREATED:20260101T080000Z", "LAST-MODIFIED:20260102T080000Z"]
    if random.random() < 0.5:
        extra += [
            f"LOCATION:{words[0]} street {random.randint(1, 200)}",
            f"DESCRIPTION:{' '.join(words * 6)}",
        ]
    if random.random() < 0.3:
        extra += ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", f"DESCRIPTION:{words[1]}", "END:VALARM"]
    return {"summary": " ".join(words).capitalize(), "extra": extra}
