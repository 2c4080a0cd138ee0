"""Reads queries and bodies into their forms; what cannot be read is told field by field, all at once."""

from __future__ import annotations

from typing import Any, Final, TypeVar, get_origin

import orjson
from flask import request
from pydantic import BaseModel, ValidationError

from booking.refusals import FieldError, Problem, Refused
from service.http.problems import Stopped

Form = TypeVar("Form", bound=BaseModel)

_WORDS: Final = {
    "missing": "is needed",
    "extra_forbidden": "is not known",
    "model_type": "must be an object",
}


def read_query(form: type[Form]) -> Form:
    """The parameters of the address. Raises ``Refused`` (invalid)."""
    values: dict[str, Any] = {}
    errors = []
    for name, given in request.args.lists():
        field = form.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is list:
            values[name] = given
        elif len(given) > 1:
            errors.append(FieldError(name, "is given more than once"))
        else:
            values[name] = given[0]
    return _formed(form, values, errors)


def read_body(form: type[Form]) -> Form:
    """The JSON body; one that has no needed field may be left out.

    Raises ``Stopped`` for what is not JSON (415 by its type, 400 by its text), ``Refused`` for a wrong shape.
    """
    given = request.get_data()
    if not given and not any(field.is_required() for field in form.model_fields.values()):
        return _formed(form, {}, [])
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise Stopped(415)
    return _formed(form, raw_body(), [])


def raw_body() -> Any:
    """The body as JSON has it. Raises ``Stopped`` (400)."""
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise Stopped(400) from None


def _formed(form: type[Form], values: Any, errors: list[FieldError]) -> Form:
    if _holds_nul(values):
        raise Refused(Problem.INVALID, errors=[FieldError("", "holds a NUL character")])
    try:
        found = form.model_validate(values)
    except ValidationError as error:
        errors = [*errors, *(_told(item) for item in error.errors(include_url=False, include_input=False))]
    else:
        if not errors:
            return found
    raise Refused(Problem.INVALID, errors=errors)


def _told(item: Any) -> FieldError:
    names = [part for part in item["loc"] if isinstance(part, int) or not part.startswith("function-")]
    text = _WORDS.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
    return FieldError(".".join(str(name) for name in names), text[:1].lower() + text[1:])


def _holds_nul(value: Any) -> bool:
    # PostgreSQL stores no NUL, and no client means one.
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(_holds_nul(item) for item in value)
