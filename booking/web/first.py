"""The earliest times of everybody in a practice, for a client who does not mind with whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, request

from booking.desk.views import ServiceView, SlotView
from booking.policy import allows, limited
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.web.frame import frame
from booking.web.visit import Visit, carried, open_practice

# A provider's slug begins with a letter or a digit, so this is nobody's page.
blueprint = Blueprint("first", __name__, url_prefix="/book/<practice>/-")

_AHEAD = timedelta(days=92)
_EACH = 4


@dataclass(frozen=True, slots=True)
class Earliest:
    """One provider's first times, ascending, in the zone of the visit; ``freshness`` as a ``SlotAnswer`` has it."""

    visit: Visit
    service: ServiceView
    times: tuple[SlotView, ...]
    freshness: str


@blueprint.get("/first")
@allows(Action.LOOK_AT_OFFERS)
@limited("slots")
def earliest(practice: str) -> str:
    """What it is about first, unless there is one thing only; then who is free when, the first of all on top.

    Who has no free time comes last, with where to go from there.
    """
    found = open_practice(practice)
    visits = [Visit.of(practice, each.slug) for each in frame().desk.providers(practice) if each.open]
    services = {service.code: service for visit in visits for service in visit.services()}
    code = request.args.get("service") or (next(iter(services)) if len(services) == 1 else "")
    if code and code not in services:
        raise Refused(Problem.NOT_FOUND)
    people = _people(visits, code) if code else []
    free = [each for each in people if each.times]
    refused = "" if free else next((told for each in people if (told := each.visit.refused(code))), "")
    return render_template(
        "web/first.html",
        practice=found,
        services=list(services.values()),
        service=services.get(code),
        free=free,
        others=[each for each in people if not each.times],
        refused=refused,
        carried=carried(),
    )


def _people(visits: list[Visit], code: str) -> list[Earliest]:
    people = []
    for visit in visits:
        service = next((each for each in visit.services() if each.code == code), None)
        if service is None:
            continue
        query = visit.slots(code, visit.today, visit.today + _AHEAD)
        answer = frame().desk.slots(query, now=frame().now())
        people.append(Earliest(visit, service, answer.first(_EACH), answer.freshness))
    return sorted(people, key=lambda each: [slot.start for slot in each.times[:1]])
