"""What goes wrong, told: problem details (RFC 9457) to programs, a short page to people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Flask, Response, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from booking.refusals import Problem, Refused
from service.http.channel import speaks_json
from service.logs import get_logger

log = get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_BUSY_SECONDS: Final = 5

STATUS: Final[Mapping[Problem, int]] = {
    Problem.INVALID: 422,
    Problem.FORBIDDEN: 403,
    Problem.NOT_FOUND: 404,
    Problem.NOT_BOOKABLE: 403,
    Problem.TOO_MANY_OPEN_REQUESTS: 409,
    Problem.SLOT_UNAVAILABLE: 409,
    Problem.CALENDAR_UNREADABLE: 409,
    Problem.WRONG_STATE: 409,
    Problem.EXPIRED: 409,
    Problem.NO_WRITE_CALENDAR: 409,
    Problem.IDEMPOTENCY_KEY_REUSED: 422,
    Problem.IDEMPOTENCY_IN_PROGRESS: 409,
}
"""How each refusal of the desk is answered over HTTP."""

# Problems of the transport, beside the desk's; by status.
_TRANSPORT: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad-request", "This request cannot be read."),
    401: ("unauthorized", "This call needs a valid API token."),
    403: (Problem.FORBIDDEN.value, "This is not yours to do."),
    404: (Problem.NOT_FOUND.value, "There is nothing here."),
    405: ("method-not-allowed", "This address does not take that method."),
    413: ("too-large", "This is more than 64 KiB."),
    415: ("unsupported-media-type", "The body must be JSON, sent as application/json."),
    429: ("too-many-calls", "Too many calls from this address. Please wait a little."),
    500: ("internal-error", "Something went wrong here. It has been noted."),
    503: ("unavailable", "This is not possible at the moment. Please try again shortly."),
}

NAMES: Final[Mapping[str, str]] = {
    **dict(_TRANSPORT.values()),
    **{problem.value: Refused(problem).text for problem in Problem},
}
"""Every problem there is, by the last part of its type, with its plain sentence."""


class Stopped(Exception):
    """The frame refuses a request before its route is entered."""

    def __init__(self, status: int, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.headers = dict(headers or {})


def problem(status: int, name: str, text: str, **members: Any) -> Response:
    """A problem document; ``members`` are added to it where they are not empty."""
    document = {
        "type": f"/problems/{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": text,
        **{key: value for key, value in members.items() if value},
    }
    return Response(orjson.dumps(document), status=status, content_type=MEDIA_TYPE)


def refusal(refused: Refused) -> Response:
    """The desk's refusal as a problem document."""
    answer = problem(
        STATUS[refused.problem],
        refused.problem.value,
        refused.text,
        errors=[{"field": error.field, "text": error.text} for error in refused.errors],
        alternatives=[
            {"start": item.start.isoformat(), "end": item.end.isoformat(), "modes": list(item.modes)}
            for item in refused.alternatives
        ],
        clashes=[
            {
                "start": clash.start.isoformat(),
                "alternatives": [
                    {"start": item.start.isoformat(), "end": item.end.isoformat(), "modes": list(item.modes)}
                    for item in clash.alternatives
                ],
            }
            for clash in refused.clashes
        ],
    )
    if refused.problem is Problem.IDEMPOTENCY_IN_PROGRESS:
        answer.headers["Retry-After"] = str(_BUSY_SECONDS)
    return answer


def transport(status: int) -> Response:
    """An error of the transport: a problem document to programs, else a page of the same status."""
    name, text = _TRANSPORT.get(status, ("error", HTTPStatus(status).phrase))
    if speaks_json(request.path):
        return problem(status, name, text)
    return page(status)


def page(status: int) -> Response:
    """A short page for people; it names no cause that could tell of others."""
    known = status if status in _TRANSPORT else (500 if status >= 500 else 400)
    return Response(
        render_template("frame/problem.html", status=known, title=_titles()[known]),
        status=status,
        content_type="text/html; charset=utf-8",
    )


def install(app: Flask) -> None:
    """Answers every exception of ``app``'s routes."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return refusal(error) if speaks_json(request.path) else page(STATUS[error.problem])

    @app.errorhandler(Stopped)
    def stopped(error: Stopped) -> Response:
        answer = transport(error.status)
        answer.headers.extend(error.headers)
        return answer

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        given = error.get_response()
        if error.code is None or error.code < 400:
            return Response(given.get_data(), status=given.status_code, headers=dict(given.headers))
        answer = transport(error.code)
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in given.headers:
                answer.headers[name] = given.headers[name]
        return answer

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    def database_away(error: Exception) -> Response:
        log.error("the database did not answer", error=error)
        answer = transport(503)
        answer.headers["Retry-After"] = str(_BUSY_SECONDS)
        return answer

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("a request failed", exc_info=error, method=request.method, endpoint=request.endpoint)
        return transport(500)


def _titles() -> dict[int, str]:
    return {
        400: gettext("This could not be read"),
        401: gettext("Please sign in"),
        403: gettext("This is not possible"),
        404: gettext("There is nothing here"),
        405: gettext("This is not possible"),
        413: gettext("This is too large"),
        415: gettext("This could not be read"),
        429: gettext("Please wait a little"),
        500: gettext("Something went wrong"),
        503: gettext("Please try again shortly"),
    }
