"""The discovery document that ships with google-api-python-client, as the judge of every request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

from tests.support.google_server.refusal import Refusal, invalid

BASE = "/calendar/v3/"
_LONGEST_QUOTA_USER = 40  # in the words of its description only


@dataclass(frozen=True)
class Method:
    """One method of the API. ``name`` is ``events.list``; ``path`` matches a request's path and names its parts."""

    name: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Mapping[str, Any]]
    request: str | None
    scopes: frozenset[str]


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    folder = resources.files("googleapiclient") / "discovery_cache" / "documents"
    found: dict[str, Any] = json.loads((folder / "calendar.v3.json").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def methods() -> tuple[Method, ...]:
    found = []
    for resource, content in document()["resources"].items():
        for name, stated in content["methods"].items():
            path = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(BASE + stated["path"]))
            found.append(
                Method(
                    name=f"{resource}.{name}",
                    verb=stated["httpMethod"],
                    path=re.compile(path),
                    parameters=stated.get("parameters", {}),
                    request=stated.get("request", {}).get("$ref"),
                    scopes=frozenset(stated.get("scopes", ())),
                )
            )
    return tuple(found)


def method_for(verb: str, path: str) -> tuple[Method, dict[str, str]]:
    """The method a request asks for, and the parts of its path, decoded. A fixed path wins over a pattern."""
    fits = [(method, found) for method in methods() if (found := method.path.fullmatch(path)) is not None]
    if not fits:
        raise Refusal(404, "notFound", "Not Found")
    for method, found in sorted(fits, key=lambda fit: len(fit[1].groupdict())):
        if method.verb == verb:
            return method, {name: unquote(part) for name, part in found.groupdict().items()}
    raise Refusal(405, "httpMethodNotAllowed", "The HTTP method is not allowed.")


def checked_query(method: Method, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The parameters with their types. Unknown ones, wrong values and repetitions are refused."""
    known = {**document()["parameters"], **method.parameters}
    values: dict[str, Any] = {}
    for name, given in query.items():
        stated = known.get(name)
        if stated is None or stated.get("location") != "query":
            raise Refusal(400, "invalidParameter", f"Unknown parameter: {name}", location=name)
        if len(given) > 1 and not stated.get("repeated"):
            raise Refusal(400, "invalidParameter", f"Repeated parameter: {name}", location=name)
        if name == "quotaUser" and len(given[0]) > _LONGEST_QUOTA_USER:
            raise Refusal(400, "invalidParameter", f"Invalid value for: {name}", location=name)
        typed = [_parameter(name, stated, text) for text in given]
        values[name] = typed if stated.get("repeated") else typed[0]
    for name, stated in method.parameters.items():
        if stated.get("required") and stated["location"] == "query" and name not in values:
            raise Refusal(400, "required", f"Required parameter: {name}", location=name)
    return values


def _parameter(name: str, stated: Mapping[str, Any], text: str) -> Any:
    if "enum" in stated and text not in stated["enum"]:
        raise Refusal(400, "invalidParameter", f"Invalid value for: {text} is not valid", location=name)
    try:
        if stated["type"] == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if stated["type"] == "integer":
            number = int(text)
            if number < int(stated.get("minimum", number)) or number > int(stated.get("maximum", number)):
                raise ValueError(text)
            return number
        if stated.get("format") == "date-time" and datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(text)
    except (KeyError, ValueError):
        raise Refusal(400, "invalidParameter", f"Invalid value for: {name}", location=name) from None
    return text


def checked_body(schema: str, body: Any) -> dict[str, Any]:
    """A JSON object of this schema; null is allowed everywhere, unknown fields and other types are not."""
    _check_object(document()["schemas"][schema], body, schema)
    return dict(body)


def _check(stated: Mapping[str, Any], value: Any, where: str) -> None:
    if value is None:
        return
    if "$ref" in stated:
        stated = document()["schemas"][stated["$ref"]]
    match stated.get("type"):
        case "object":
            _check_object(stated, value, where)
        case "array":
            if not isinstance(value, list):
                raise invalid(f"Invalid value for {where}: a list is expected")
            for item in value:
                _check(stated["items"], item, where)
        case "string":
            _check_string(stated, value, where)
        case "boolean" if not isinstance(value, bool):
            raise invalid(f"Invalid value for {where}: a boolean is expected")
        case "integer" if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(f"Invalid value for {where}: an integer is expected")


def _check_object(stated: Mapping[str, Any], value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise invalid(f"Invalid value for {where}: an object is expected")
    properties, others = stated.get("properties", {}), stated.get("additionalProperties")
    for name, part in value.items():
        known = properties.get(name, others)
        if known is None:
            raise invalid(f"Unknown name {name!r} at {where!r}: Cannot find field.")
        _check(known, part, f"{where}.{name}")


def _check_string(stated: Mapping[str, Any], value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise invalid(f"Invalid value for {where}: a string is expected")
    try:
        if stated.get("format") == "date":
            date.fromisoformat(value)
        elif stated.get("format") == "date-time":
            datetime.fromisoformat(value)
    except ValueError:
        raise invalid(f"Invalid value for {where}: {value!r}") from None
