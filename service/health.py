"""Signs of life: ``/healthz`` (this process answers) and ``/readyz`` (it has what it needs to work)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
import redis
from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from booking.policy import public
from service.http.frame import frame
from service.runtime import Runtime
from service.schema import is_current

blueprint = Blueprint("health", __name__)


class Check(NamedTuple):
    """``text`` is for operators; it holds no address and no password."""

    ok: bool
    text: str


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    return _answer({"web": Check(True, "answers")})


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    return _answer(readiness(frame().runtime))


def readiness(runtime: Runtime) -> Mapping[str, Check]:
    """What has to be there before requests are sent here, by name. First readings of calendars are not waited for."""
    found = {name: check(runtime) for name, check in _CHECKS.items()}
    if runtime.settings.clock is not None:
        found["clock"] = Check(
            True, f"shifted for tests: it is {runtime.now().isoformat(timespec='seconds')}"
        )
    return found


def _database(runtime: Runtime) -> Check:
    try:
        with runtime.database.read() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return Check(False, "does not answer")
    return Check(True, f"{runtime.database.dialect} answers")


def _migrations(runtime: Runtime) -> Check:
    try:
        current = is_current(runtime.database)
    except (SQLAlchemyError, OSError):
        return Check(False, "unknown while the database does not answer")
    return Check(True, "all applied") if current else Check(False, "run: freehold db upgrade")


def _queue(runtime: Runtime) -> Check:
    try:
        client = runtime.doorbell.client()
        answers = client is not None and bool(client.ping())
    except (redis.RedisError, OSError):
        answers = False
    return Check(True, "answers") if answers else Check(False, "does not answer; work waits in the database")


_CHECKS: Mapping[str, Callable[[Runtime], Check]] = {
    "database": _database,
    "migrations": _migrations,
    "queue": _queue,
}


def _answer(checks: Mapping[str, Check]) -> Response:
    ok = all(check.ok for check in checks.values())
    document: dict[str, Any] = {
        "status": "ok" if ok else "failing",
        "checks": {name: check._asdict() for name, check in checks.items()},
    }
    return Response(orjson.dumps(document), status=200 if ok else 503, content_type="application/json")
