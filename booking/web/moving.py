"""The page on which a client takes another time: a month, the times of a day, then both times side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, make_response, render_template, request, url_for

from booking.desk.views import ClientPage, SlotAnswer
from booking.web.days import shown_days
from booking.web.frame import frame
from booking.web.given_times import a_date
from booking.web.visit import an_instant


@dataclass(frozen=True, slots=True)
class Moving:
    """Where the links of the month lead: to this page again. ``zone`` is the client's as far as we know."""

    token: str
    zone: str

    @property
    def today(self) -> date:
        return frame().now().astimezone(ZoneInfo(self.zone)).date()

    def link(self, _: str, *, service: str = "", **more: Any) -> str:
        """As a booking page's own links are made; the service stays what it is."""
        return url_for("client.times", token=self.token, **more)

    def slots(self, start: date, end: date) -> SlotAnswer:
        return frame().desk.client_times(self.token, start=start, end=end, zone=self.zone, now=frame().now())


def times_page(found: ClientPage, token: str, *, taken: datetime | None = None) -> Response:
    """``taken``: the time that was chosen and is no longer free."""
    g.locales = found.practice.page.locales
    moving = Moving(token, found.client_timezone or found.timezone)
    page = shown_days(
        moving.slots,
        moving.today,
        month=_date(request.args.get("month", "") + "-01"),
        day=_date(request.args.get("day", "")) or (taken and taken.astimezone(ZoneInfo(moving.zone)).date()),
    )
    chosen = None if taken else an_instant(request.args.get("start", ""))
    html = render_template(
        "web/moving.html",
        practice=found.practice,
        asked=found,
        token=token,
        visit=moving,
        service={"code": ""},
        page=page,
        chosen=chosen and chosen.astimezone(ZoneInfo(moving.zone)),
        taken=taken,
    )
    return make_response(html, 409 if taken else 200)


def _date(text: str) -> date | None:
    try:
        return a_date(text)
    except ValueError:
        return None
