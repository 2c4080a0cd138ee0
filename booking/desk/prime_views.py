"""Prime time as it goes out: values for pages, and the documents of the JSON API made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from booking.desk.views import Doc, ProviderView, moment
from booking.holds import ReleaseRow
from booking.plain.release import release_plain
from booking.plain.values import clock_text, end_text
from booking.practice import WEEKDAYS, Hold
from booking.releasing import HeldTime
from booking.replay import Fate, Replay


@dataclass(frozen=True, slots=True)
class HoldView:
    id: str
    hold: Hold
    provider: ProviderView

    def document(self) -> Doc:
        hold = self.hold
        return {
            "id": self.id,
            "provider": self.provider.slug,
            "name": hold.name,
            "days": [WEEKDAYS[day] for day in sorted(hold.days)],
            "date": _date(hold.date),
            "start": clock_text(hold.start),
            "end": end_text(hold.end),
            "from": _date(hold.from_date),
            "until": _date(hold.until),
            "every_weeks": hold.every_weeks,
            "kept_for": list(hold.kept_for),
            "release": release_plain(hold.release),
            "marker": hold.marker,
        }


@dataclass(frozen=True, slots=True)
class HeldTimeView:
    """``times``: how many starts a release would put on offer to just anybody; if open, how many held again take away.

    ``booked``: requests and appointments in it.
    """

    time: HeldTime
    times: int
    booked: int


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """``by``: rule, staff or calendar. ``due_at`` None: by hand only. ``released_at``: when it was last opened."""

    row: ReleaseRow
    due_at: datetime | None
    released_at: datetime | None
    by: str

    def document(self) -> Doc:
        return {
            self.row.unit: self.row.key.isoformat(),
            "due_at": moment(self.due_at),
            "released_at": moment(self.released_at),
            "by": self.by,
            "stage": self.row.stage,
            "state": self.row.state,
            "to": list(self.row.to),
        }


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One line of a hold's log. ``done``: released, reheld or missed; ``stage`` None: all of them at once.

    ``by``: rule, calendar (the occurrence of a regular was cancelled, or came back) or hand.
    """

    at: datetime
    by: str
    done: str
    unit: str
    key: date
    stage: int | None

    @classmethod
    def of(cls, at: datetime, actor: str, action: str, about: str) -> HoldLine:
        """From a line of the audit, as ``booking.store.releases.note`` writes it."""
        unit, key, stage = about.split()
        done = {"hold released": "released", "hold held again": "reheld"}.get(action, "missed")
        told = None if stage == "all" else int(stage)
        by = actor if actor in ("rule", "calendar") else "hand"
        return cls(at, by, done, unit, date.fromisoformat(key), told)


def replay_document(found: Replay) -> Doc:
    return {
        "held": len(found.times),
        "released": found.released,
        **{fate.value: found.count(fate) for fate in Fate},
        "times": [
            {
                "start": moment(time.span.start),
                "end": moment(time.span.end),
                "released_at": moment(time.released_at),
                "fate": time.fate.value,
            }
            for time in found.times
        ],
    }


def _date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
