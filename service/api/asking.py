"""Asking for a time, or saying that none suits. Open to everybody."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson
from flask import Response, request

from booking.desk import Asking, Receipt, Recurring, RequestForm, WishForm
from booking.desk.views import Replayed, Requested
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action
from service.api import answers
from service.api.calls import api, json_answer
from service.api.forms import AskQuery, RequestBody, WishBody
from service.api.offers import in_whose_name
from service.api.reading import raw_body
from service.api.values import Document
from service.http.frame import frame

_PROVIDER = "/practices/<practice>/providers/<provider>"
KEY = "Idempotency-Key"
_KEY_FORM = re.compile(r"[\x21-\x7e]{1,200}")


@api.call(
    "POST", f"{_PROVIDER}/requests", Action.ASK_FOR_A_TIME, "Ask for a time",
    answers={201: answers.Created}, query=AskQuery, body=RequestBody, limit="requests", also=(403, 409),
    headers={KEY: "1-200 visible ASCII characters. The same key and body get the same answer, once stored."},
)  # fmt: skip
def ask(practice: str, provider: str, query: AskQuery, body: RequestBody) -> Response:
    key = idempotency_key()
    program = frame()
    form = RequestForm(
        practice=practice,
        provider=provider,
        service=body.service,
        start=body.start,
        name=body.client.name,
        email=body.client.email,
        phone=body.client.phone,
        note=body.note,
        mode=body.mode,
        asking=in_whose_name(practice, provider, token=body.client_token, client=query.client),
        timezone=body.timezone,
        locale=body.locale or "",
        sender=program.sender(),
        privacy=body.privacy,
        recurring=_recurring(body),
    )
    if key is None:
        requested = program.desk.request(form, now=program.now())
        return _created(orjson.dumps(_document(requested)))
    receipt = Receipt(key, _fingerprint(provider, query.client, raw_body()), _sealed)
    answer = program.desk.request_once(form, receipt, now=program.now())
    if isinstance(answer, Replayed):
        return _created(program.runtime.sealer.decrypt(answer.answer), replayed=True)
    return _created(orjson.dumps(_document(answer)))


@api.call(
    "POST", f"{_PROVIDER}/wishes", Action.LEAVE_A_WISH, "None of the times suit: ask without one",
    answers={201: answers.WishCreated}, body=WishBody, limit="requests", also=(403, 409),
)  # fmt: skip
def wish(practice: str, provider: str, body: WishBody) -> Document:
    form = WishForm(
        practice=practice,
        provider=provider,
        text=body.text,
        name=body.client.name,
        email=body.client.email,
        phone=body.client.phone,
        asking=Asking(client_token=body.client_token),
        privacy=body.privacy,
    )
    wish_id = frame().desk.wish(form, now=frame().now())
    frame().ring("mail")
    return {"id": wish_id}


def idempotency_key() -> str | None:
    """The header of the call under way. Raises ``Refused`` (invalid)."""
    key = request.headers.get(KEY)
    if key is not None and not _KEY_FORM.fullmatch(key):
        error = FieldError(KEY, "must be 1-200 visible ASCII characters")
        raise Refused(Problem.INVALID, errors=[error])
    return key


def _recurring(body: RequestBody) -> Recurring | None:
    asked = body.recurrence
    if asked is None:
        return None
    return Recurring(
        rule=asked.rrule, dates=tuple(asked.dates), skip=tuple(asked.skip), instead=dict(asked.instead)
    )


def _fingerprint(provider: str, client: str | None, body: Any) -> str:
    """What has to be the same for a repeated key; the order of fields and blanks in the JSON do not matter."""
    return hashlib.sha256(orjson.dumps([provider, client, body], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _document(requested: Requested) -> Document:
    expires_at = requested.expires_at
    return {
        "id": requested.id,
        "status": requested.status,
        "start": requested.start.isoformat(),
        "end": requested.end.isoformat(),
        "expires_at": None if expires_at is None else expires_at.isoformat(),
        "dates": [{"id": each, "start": start.isoformat()} for each, start in requested.dates],
        "manage_url": f"{frame().runtime.settings.base_url}/r/{requested.token}",
    }


def _sealed(requested: Requested) -> bytes:
    return frame().runtime.sealer.encrypt(orjson.dumps(_document(requested)))


def _created(document: bytes, *, replayed: bool = False) -> Response:
    """The answer, once the work it gives is rung for; for a replay too, as the first bell may not have been heard."""
    frame().ring("sync", "mail")
    answer = json_answer({}, 201)
    answer.set_data(document)
    if replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer
