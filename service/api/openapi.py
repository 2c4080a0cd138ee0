"""The OpenAPI 3.1 description of ``/api/v1``, made from the calls themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api.answers import Problem
from service.api.calls import PREFIX, Call
from service.api.values import Document
from service.http.problems import MEDIA_TYPE

_REFERENCE: Final = "#/components/schemas/{model}"


def description(calls: Iterable[Call]) -> Document:
    """The whole document. Every call is in it with every status it answers."""
    listed = list(calls)
    schemas = _schemas(listed)
    paths: dict[str, Document] = {}
    for call in listed:
        path = PREFIX + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", call.path)
        paths.setdefault(path, {})[call.method.lower()] = _operation(call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Freehold",
            "version": version("freehold"),
            "summary": "Offers a practice's free time, takes requests, and says how its calendars stand.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(call: Call, schemas: Document) -> Document:
    operation: Document = {
        "operationId": call.name,
        "summary": call.summary,
        # Without a token, too, where the call is open.
        "security": [{"token": []}] if call.for_staff else [{}, {"token": []}],
        "responses": _responses(call),
    }
    if parameters := _parameters(call, schemas):
        operation["parameters"] = parameters
    if call.body is not None:
        needed = any(field.is_required() for field in call.body.model_fields.values())
        operation["requestBody"] = {
            "required": needed,
            "content": {"application/json": {"schema": _reference(call.body)}},
        }
    return operation


def _parameters(call: Call, schemas: Document) -> list[Document]:
    found: list[Document] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in call.variables
    ]
    if call.query is not None:
        shape = schemas[call.query.__name__]
        for name, schema in shape["properties"].items():
            needed = name in shape.get("required", ())
            found.append({"name": name, "in": "query", "required": needed, "schema": schema})
    for name, text in (call.headers or {}).items():
        found.append(
            {
                "name": name,
                "in": "header",
                "description": text,
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    return found


def _responses(call: Call) -> Document:
    found: Document = {}
    for status, model in call.answers.items():
        found[str(status)] = {"description": HTTPStatus(status).phrase}
        schema = {"type": "object"} if model is None else _reference(model)
        found[str(status)]["content"] = {"application/json": {"schema": schema}}
    for status in call.problems:
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": _reference(Problem)}},
        }
    return found


def _schemas(calls: Iterable[Call]) -> Document:
    """Every model once, those of answers as they are written, the others as they are read."""
    models: dict[type[BaseModel], Any] = {Problem: "serialization"}
    for call in calls:
        models |= {model: "serialization" for model in call.answers.values() if model is not None}
        models |= {model: "validation" for model in (call.query, call.body) if model is not None}
    _, shared = models_json_schema([*models.items()], ref_template=_REFERENCE)
    found: Document = shared["$defs"]
    return found


def _reference(model: type[BaseModel]) -> Document:
    return {"$ref": _REFERENCE.format(model=model.__name__)}
