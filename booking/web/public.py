"""The booking pages, for everybody: practice, provider, service, day and time, details. Each step is a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request

from booking.desk.views import ServiceView
from booking.policy import allows, limited, public
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.web.asking import send, show_form
from booking.web.colour import accent, stylesheet
from booking.web.days import days_page
from booking.web.frame import frame
from booking.web.given_times import a_date
from booking.web.look import locale
from booking.web.visit import Visit, an_instant, carried, open_practice
from booking.web.wishes import leave_wish, wish_page
from booking.web.zones import zone_choices

blueprint = Blueprint("booking", __name__)

_ACCENT_SECONDS = 3600
_FEW_PLACES = 5
"""From so many places on they are counted down."""


@blueprint.get("/book/<practice>")
@allows(Action.LOOK_AT_OFFERS)
def practice(practice: str) -> str:
    found = open_practice(practice)
    people = frame().desk.providers(practice)
    offers = [(person, frame().desk.services(practice, person.slug)) for person in people if person.open]
    return render_template("web/practice.html", practice=found, offers=offers, carried=carried())


@blueprint.get("/book/<practice>/accent.css")
@public
def accent_css(practice: str) -> Response:
    """The practice's own colour. It may be kept for an hour: it is part of every page and hardly ever changes."""
    answer = Response(stylesheet(accent(frame().desk.practice(practice).page.accent)), mimetype="text/css")
    answer.cache_control.public = True
    answer.cache_control.max_age = _ACCENT_SECONDS
    return answer


@blueprint.get("/book/<practice>/<provider>")
@allows(Action.LOOK_AT_OFFERS)
@limited("slots")
def provider(practice: str, provider: str) -> str:
    visit = Visit.of(practice, provider)
    services = visit.services()
    freshness, refused = "fresh", ""
    if services:
        refused = _refused_all(visit, services)
        query = visit.slots(services[0].code, visit.today, visit.today + timedelta(days=1))
        freshness = frame().desk.slots(query, now=frame().now()).freshness
    return render_template(
        "web/provider.html",
        practice=visit.practice,
        visit=visit,
        services=services,
        freshness=freshness,
        refused=refused,
        typed={},
        errors={},
    )


@blueprint.get("/book/<practice>/<provider>/times")
@allows(Action.LOOK_AT_OFFERS)
@limited("slots")
def times(practice: str, provider: str) -> str:
    visit = Visit.of(practice, provider)
    service = visit.service(request.args.get("service", ""))
    page = days_page(
        visit,
        service,
        month=_date(request.args.get("month", "") + "-01"),
        day=_date(request.args.get("day", "")),
        now=frame().now(),
    )
    refused = "" if page.next_free else visit.refused(service.code)
    zones = zone_choices(frame().now(), visit.zone, visit.provider.timezone, locale())
    return render_template(
        "web/times.html", practice=visit.practice, visit=visit, service=service, page=page, zones=zones,
        places=_places(visit, service, page.chosen), refused=refused, typed={}, errors={},
    )  # fmt: skip


@blueprint.get("/book/<practice>/<provider>/details")
@allows(Action.LOOK_AT_OFFERS)
@limited("slots")
def details(practice: str, provider: str) -> Any:
    visit = Visit.of(practice, provider)
    service = visit.service(request.args.get("service", ""))
    start = an_instant(request.args.get("start", ""))
    if start is None:
        raise Refused(Problem.NOT_FOUND)
    return show_form(visit, service, start)


@blueprint.post("/book/<practice>/<provider>/requests")
@allows(Action.ASK_FOR_A_TIME)
@limited("requests")
def ask(practice: str, provider: str) -> Any:
    visit = Visit.of(practice, provider)
    service = visit.service(request.form.get("service", ""))
    start = an_instant(request.form.get("start", ""))
    if start is None:
        raise Refused(Problem.NOT_FOUND)
    return send(visit, service, start)


@blueprint.get("/book/<practice>/<provider>/wishes")
@allows(Action.LOOK_AT_OFFERS)
def unsure(practice: str, provider: str) -> Response:
    """No service is chosen: what it is about is told in words, where the practice offers that."""
    visit = Visit.of(practice, provider)
    if not (visit.provider.open and visit.provider.unsure):
        raise Refused(Problem.NOT_FOUND)
    return wish_page(visit, typed={}, errors={}, status=200, unsure=True)


@blueprint.post("/book/<practice>/<provider>/wishes")
@allows(Action.LEAVE_A_WISH)
@limited("requests")
def wish(practice: str, provider: str) -> Any:
    return leave_wish(Visit.of(practice, provider))


def _places(visit: Visit, service: ServiceView, day: date | None) -> dict[datetime, int]:
    """How many places are left at the times of a day in a group; where there are plenty, no number is shown."""
    if day is None or service.capacity == 1:
        return {}
    query = visit.slots(service.code, day, day + timedelta(days=1))
    begun = frame().desk.places(query, now=frame().now())
    starts = (slot.start for slot in frame().desk.slots(query, now=frame().now()).slots)
    left = {start: begun.get(start, service.capacity) for start in starts}
    return {start: count for start, count in left.items() if count <= _FEW_PLACES}


def _refused_all(visit: Visit, services: Sequence[ServiceView]) -> str:
    """Why the visitor may ask for none of the services; empty if one of them is open to her."""
    first = ""
    for service in services:
        refused = visit.refused(service.code)
        if not refused:
            return ""
        first = first or refused
    return first


def _date(text: str) -> date | None:
    try:
        return a_date(text)
    except ValueError:
        return None
