"""Prime-time holds, and what was and is released of them."""

from __future__ import annotations

from collections.abc import Callable

from booking.desk.prime_views import ReleaseView, replay_document
from booking.roles import Action
from service.api import answers
from service.api.calls import api, listed
from service.api.forms import DateBody, HoldsQuery, ReplayQuery
from service.api.values import Document
from service.http.frame import frame


@api.call(
    "GET", "/holds", Action.VIEW_HOLDS, "Holds, by provider", answers={200: answers.Holds}, query=HoldsQuery,
    also=(404,),
)  # fmt: skip
def holds(query: HoldsQuery) -> Document:
    found = frame().desk.prime_time.holds(frame().staff(), query.provider)
    return listed([view.document() for view in found])


@api.call(
    "GET", "/holds/<hold_id>/releases", Action.VIEW_HOLDS, "What was released of a hold, latest first",
    answers={200: answers.Releases},
)  # fmt: skip
def releases(hold_id: str) -> Document:
    found = frame().desk.prime_time.releases(frame().staff(), hold_id)
    return listed([view.document() for view in found])


@api.call(
    "POST", "/holds/<hold_id>/release", Action.RELEASE_HOLDS, "Open the week or date of a day to everyone",
    answers={200: answers.Release}, body=DateBody, also=(409,),
)  # fmt: skip
def release_hold(hold_id: str, body: DateBody) -> Document:
    return _by_hand(frame().desk.prime_time.release, hold_id, body)


@api.call(
    "POST", "/holds/<hold_id>/rehold", Action.RELEASE_HOLDS,
    "Hold the week or date of a day again, until it is released by hand",
    answers={200: answers.Release}, body=DateBody, also=(409,),
)  # fmt: skip
def rehold(hold_id: str, body: DateBody) -> Document:
    return _by_hand(frame().desk.prime_time.rehold, hold_id, body)


@api.call(
    "GET", "/holds/<hold_id>/replay", Action.VIEW_HOLDS, "What the hold would have done in the past weeks",
    answers={200: answers.Replay}, query=ReplayQuery,
)  # fmt: skip
def replay(hold_id: str, query: ReplayQuery) -> Document:
    program = frame()
    found = program.desk.prime_time.replay(program.staff(), hold_id, weeks=query.weeks, now=program.now())
    return replay_document(found)


def _by_hand(act: Callable[..., ReleaseView], hold_id: str, body: DateBody) -> Document:
    program = frame()
    done = act(program.staff(), hold_id, body.date, now=program.now())
    program.ring("requests")
    return done.document()
