"""A visitor who fills in the booking pages' forms, without a browser and so without any script."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.web_app import BASE_URL

ADA = "/book/elm-street/ada"
WEDNESDAY_TEN = "2026-03-04T10:00:00-05:00"
PERSON = {"name": "Ann Lee", "email": "ann@example.com"}


def look(browser: FlaskClient, path: str, **query: str) -> TestResponse:
    return browser.get(path + (f"?{urlencode(query)}" if query else ""), base_url=BASE_URL)


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page; of several with one name the first."""
    found: dict[str, str] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found.setdefault(html.unescape(name[1]), html.unescape(value[1]))
    return found


def form_for(browser: FlaskClient, start: str = WEDNESDAY_TEN, **query: str) -> dict[str, str]:
    """The hidden fields of the details form for a time."""
    page = look(browser, f"{ADA}/details", service="90834", start=start, **query)
    assert page.status_code == 200, page.text
    return {**hidden(page.text), "mode": "in_person"}


def send(browser: FlaskClient, fields: dict[str, str]) -> TestResponse:
    return browser.post(f"{ADA}/requests", data=fields, base_url=BASE_URL)


def booked(browser: FlaskClient, start: str = WEDNESDAY_TEN, **more: str) -> str:
    """The path of the client's page of a request that was just sent."""
    answer = send(browser, {**form_for(browser, start), **PERSON, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"]).partition("?")[0]
