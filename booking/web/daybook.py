"""A provider's day as a picture, and why a client finds no time. Both read only, and work without a script."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for

from booking.desk.picturing import DayView, Pickers
from booking.desk.views import ProviderView
from booking.ladder import N_
from booking.picture import Band, Layer
from booking.policy import allows
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action
from booking.web.frame import frame
from booking.web.given_times import a_date, a_moment
from booking.web.telling import phone_line, steps, title
from booking.web.timeline import timeline
from booking.web.whose import providers_seen
from sync.model.moments import instant_to_wall, wall_to_instant

blueprint = Blueprint("daybook", __name__, url_prefix="/provider")

_DAY = timedelta(days=1)
_MOST_CLIENTS = 500


@blueprint.get("/day")
@allows(Action.EXPLAIN)
def day() -> str:
    whose = _whose()
    on, at = _date(request.args.get("day")), _instant(whose)
    found = frame().desk.day(
        frame().staff(), whose.slug, service=_word("service"), client_id=_word("client"), on=on, at=at,
        now=frame().now(),
    )  # fmt: skip
    shown = on or instant_to_wall(at or frame().now(), whose.timezone).date()
    told = found.explanation
    return render_template(
        "web/day.html",
        pick=found.pick,
        day=shown,
        others=providers_seen(),
        picture=found.picture,
        line=None if found.picture is None else timeline(found.picture, found.booked, now=frame().now()),
        spoken=_spoken(found),
        booked=found.booked,
        names=found.names,
        told=told,
        at=None if at is None else at.astimezone(ZoneInfo(whose.timezone)),
        steps=[] if told is None else steps(told.reasons, frame().staff(), whose.slug),
        phone="" if told is None else phone_line(told),
        link=lambda **changes: _link("daybook.day", found.pick, shown, at, **changes),
        steps_back=(shown - _DAY, shown + _DAY),
        many=_many(found.pick),
        title_of=title,
    )


@blueprint.get("/why")
@allows(Action.EXPLAIN)
def why() -> str:
    whose = _whose()
    found = frame().desk.why(
        frame().staff(), whose.slug, service=_word("service"), client_id=_word("client"), now=frame().now()
    )
    survey = found.survey
    return render_template(
        "web/why.html",
        pick=found.pick,
        others=providers_seen(),
        survey=survey,
        until=found.until,
        steps=[] if survey is None else steps(survey.access, frame().staff(), whose.slug),
        first=None
        if survey is None or survey.first is None
        else survey.first.astimezone(ZoneInfo(whose.timezone)),
        link=lambda **changes: _link("daybook.day", found.pick, None, None, **changes),
        many=_many(found.pick),
        title_of=title,
    )


def _spoken(found: DayView) -> list[Band]:
    """The picture in words: every band but the buffers and bookings, by time."""
    if found.picture is None:
        return []
    layers = (Layer.BLOCK, Layer.OFFLINE, Layer.BUSY, Layer.HELD)
    return sorted((band for band in found.picture.bands if band.layer in layers), key=lambda band: band.span)


def _link(endpoint: str, pick: Pickers, day: date | None, at: datetime | None, /, **changes: Any) -> str:
    values: dict[str, Any] = {
        "provider": pick.who.slug,
        "service": pick.service.service.code if pick.service else None,
        "client": pick.client.id if pick.client else None,
        "day": day.isoformat() if day else None,
        "at": at.isoformat() if at else None,
    }
    return url_for(endpoint, **(values | changes))


def _many(pick: Pickers) -> bool:
    """Too many clients to choose from a list: their id is asked for."""
    return not pick.clients or len(pick.clients) > _MOST_CLIENTS


def _whose() -> ProviderView:
    seen = providers_seen()
    wanted = request.args.get("provider")
    found = next((each for each in seen if wanted in (None, "", each.slug)), None)
    if found is None:
        abort(404)
    return found


def _word(name: str) -> str | None:
    return request.args.get(name, "").strip() or None


def _date(text: str | None) -> date | None:
    try:
        return a_date(text) if text else None
    except ValueError:
        error = FieldError("day", N_("Please give a day."))
        raise Refused(Problem.INVALID, errors=[error]) from None


def _instant(whose: ProviderView) -> datetime | None:
    """The time asked for: an instant of a link, or the clock typed beside the day."""
    text, clock, day = _word("at"), _word("clock"), _word("day")
    try:
        if clock and day:
            return wall_to_instant(a_moment(f"{day}T{clock}"), whose.timezone)
        found = a_moment(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or found.tzinfo is None):
        raise Refused(Problem.INVALID, errors=[FieldError("at", N_("Please give a time."))])
    return found
