"""The short way to offered time: asked far more often than anything else, and mostly answered from what is in hand.

It takes what the whole program would answer with 200 to a visitor, and leaves all else to it: every refusal, every
error, whoever shows a token. What the gate asks of such a call is asked here too: its host, and how often.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import ValidationError

from booking.desk import SlotQuery
from booking.refusals import Refused
from service.api.forms import SlotsQuery
from service.http.frame import ProgramFrame
from service.http.gate import Gate
from service.http.headers import api_headers

Environ = dict[str, Any]
Start = Callable[..., Any]
Program = Callable[[Environ, Start], Iterable[bytes]]

_PATH: Final = re.compile(r"/api/v1/practices/([a-z0-9-]{1,80})/providers/([a-z0-9-]{1,80})/slots")
_MOST_QUERY: Final = 500
_VISITORS: Final = frozenset({"service", "start", "end", "tz", "mode"})
_KEPT: Final = 4_096


class ShortWay:
    """A WSGI application in front of ``program``."""

    def __init__(self, program: Program, frame: ProgramFrame, gate: Gate, *, https: bool) -> None:
        self._program, self._frame, self._gate = program, frame, gate
        self._headers = list(api_headers(https).items())

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        body = self._in_hand(environ)
        if body is None:
            return self._program(environ, start_response)
        kind = ("Content-Type", "application/json")
        start_response("200 OK", [kind, ("Content-Length", str(len(body))), *self._headers])
        return (body,)

    def _in_hand(self, environ: Mapping[str, Any]) -> bytes | None:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_AUTHORIZATION" in environ:
            return None
        path = _PATH.fullmatch(environ["PATH_INFO"])
        if path is None or not self._gate.knows(environ.get("HTTP_HOST")):
            return None
        query = _query(environ.get("QUERY_STRING", ""))
        if query is None:
            return None
        asked = SlotQuery(
            practice=path[1],
            provider=path[2],
            service=query.service,
            start=query.start,
            end=query.end,
            zone=query.tz,
            mode=query.mode,
        )
        try:
            found = self._frame.desk.slots_in_hand(asked, now=self._frame.runtime.now())
        except Refused:
            return None
        if found is None:
            return None
        wait = self._frame.limiter.spend("slots", self._frame.sender_at(environ.get("REMOTE_ADDR")))
        return found if wait is None else None


@lru_cache(maxsize=_KEPT)
def _query(text: str) -> SlotsQuery | None:
    """What a visitor asks; None for anything else, or anything odd."""
    if len(text) > _MOST_QUERY or "%00" in text:
        return None
    pairs = parse_qsl(text, keep_blank_values=True)
    values = dict(pairs)
    if len(values) != len(pairs) or not values.keys() <= _VISITORS:
        return None
    try:
        return SlotsQuery.model_validate(values)
    except ValidationError:
        return None
