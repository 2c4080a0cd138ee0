"""The list of calls. A call is described where its view stands, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar

import orjson
from flask import Blueprint, Response

from booking.policy import allows, capability, limited, public
from booking.roles import Action, Role, may
from service.api.reading import read_body, read_query
from service.api.values import Answer, Body, Document, Query

PREFIX: Final = "/api/v1"
View = Callable[..., Document | Response]
Entered = TypeVar("Entered", bound=View)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. ``path`` is below ``PREFIX``, its variables in angle brackets; ``also``: statuses beside the obvious.

    ``by_link``: for whoever holds the token in the path.
    """

    method: str
    path: str
    name: str
    summary: str
    action: Action | None
    answers: Mapping[int, type[Answer] | None]
    query: type[Query] | None = None
    body: type[Body] | None = None
    limit: str | None = None
    by_link: bool = False
    also: tuple[int, ...] = ()
    headers: Mapping[str, str] | None = None

    @property
    def variables(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.path)

    @property
    def for_staff(self) -> bool:
        return self.action is not None and not self.by_link and not may(Role.PUBLIC, self.action)

    @property
    def problems(self) -> list[int]:
        """Statuses of the problems it may answer with."""
        found = {401, 500, 503, *self.also}
        found |= {403} if self.for_staff else set()
        found |= {404} if self.variables else set()
        found |= {422} if self.query or self.body else set()
        found |= {400, 413, 415} if self.body else set()
        found |= {429} if self.limit else set()
        return sorted(found)


class Calls:
    """Calls as they are described, in order; becomes a blueprint."""

    def __init__(self) -> None:
        self._views: list[tuple[Call, View]] = []

    @property
    def all(self) -> list[Call]:
        return [call for call, _ in self._views]

    def call(
        self, method: str, path: str, action: Action | None, summary: str, **described: Any
    ) -> Callable[[Entered], Entered]:
        """A decorator. The view gets the path's variables, and ``query`` and ``body`` where they are described."""

        def register(view: Entered) -> Entered:
            call = Call(
                method=method,
                path=path,
                name=getattr(view, "__name__", path),
                summary=summary,
                action=action,
                **described,
            )
            self._views.append((call, view))
            return view

        return register

    def blueprint(self) -> Blueprint:
        made = Blueprint("api", __name__, url_prefix=PREFIX)
        for call, view in self._views:
            made.add_url_rule(call.path, call.name, _entered(call, view), methods=[call.method])
        return made


def _entered(call: Call, view: View) -> Callable[..., Response]:
    """The view behind its checks, marked with its policy."""
    status = min(call.answers)

    @wraps(view)
    def enter(**values: Any) -> Response:
        # The body first: what cannot be read at all is told before what is wrong with it.
        if call.body is not None:
            body = read_body(call.body)
            if call.body.model_fields:
                values["body"] = body
        if call.query is not None:
            values["query"] = read_query(call.query)
        answer = view(**values)
        return answer if isinstance(answer, Response) else json_answer(answer, status)

    if call.limit is not None:
        enter = limited(call.limit)(enter)
    if call.action is None:
        return public(enter)
    return capability(call.action)(enter) if call.by_link else allows(call.action)(enter)


def json_answer(document: Document, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status=status, content_type="application/json")


def listed(items: list[Document]) -> Document:
    """A list that is always whole."""
    return {"items": items, "next": None}


api = Calls()
