"""The description of the API: whole, valid, and true."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from booking.roles import Role
from tests.support.web_app import Web


@pytest.fixture
def document(small_web: Web) -> dict[str, Any]:
    answer = small_web.call("GET", "/openapi.json")
    found: dict[str, Any] = json.loads(answer.data)
    return found


def test_it_is_a_valid_openapi_document(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_has_every_route_of_the_api(small_web: Web, document: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in small_web.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == served


def test_every_operation_names_its_answers_and_problems(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            statuses = operation["responses"].keys()
            assert any(status.startswith("2") for status in statuses), where
            assert {"401", "500", "503"} <= statuses, where
            if "{" in path:
                assert "404" in statuses, where
            if method == "post":
                assert {"400", "413", "415", "422"} <= statuses, where


def test_every_answer_that_tests_can_provoke_is_described(small_web: Web, document: dict[str, Any]) -> None:
    tokens = [None, "nonsense", *(small_web.token(role) for role in (Role.OWNER, Role.OPS))]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for token in tokens:
                for body in (None, {}, {"surprise": 1}):
                    given = {"json": body} if body is not None else {}
                    address = re.sub(r"\{\w+\}", "x", path).removeprefix("/api/v1")
                    answer = small_web.call(method.upper(), address, token, **given)
                    assert str(answer.status_code) in operation["responses"], (method, path, answer.text)
