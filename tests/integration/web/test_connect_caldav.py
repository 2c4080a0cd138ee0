"""Connecting CalDAV accounts by a form: tried out first, and nothing stored unless it works."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.work import drain_all
from sync.store.tables import account, calendar
from tests.support.caldav_server import Calendar
from tests.support.process import free_port
from tests.support.radicale import RadicaleServer
from tests.support.web_app import BASE_URL, Web, post_form, web_app

HOME = "/provider/calendars/ada"


@pytest.fixture
def hers(radicale: RadicaleServer) -> Calendar:
    return radicale.make_calendar(radicale.fresh_account())


@pytest.fixture
def open_web(filled: Path, tmp_path: Path) -> Iterator[Web]:
    """One that may ask servers on this machine."""
    copy(filled, tmp_path / "filled.db")
    with web_app(
        f"sqlite:///{tmp_path / 'filled.db'}", tmp_path, FREEHOLD_RATE_LIMITS="off",
        FREEHOLD_ALLOW_PRIVATE_HOSTS="1",
    ) as web:  # fmt: skip
        yield web


def connect(web: Web, **fields: str) -> tuple[FlaskClient, TestResponse]:
    browser = web.signed_in("ada@example.com")
    return browser, post_form(browser, f"{HOME}/caldav", page=f"{HOME}/caldav", **fields)


def told_of(calendar: Calendar, **changed: str) -> dict[str, str]:
    root = calendar.url.rsplit("/", 2)[0] + "/"
    return {"url": root, "username": calendar.username, "password": calendar.password or "", **changed}


def rows(web: Web, table: Any = account) -> list[Any]:
    with web.runtime.database.read() as connection:
        return list(connection.execute(select(table)))


def secret_of(web: Web) -> str:
    (row,) = rows(web)
    return web.runtime.sealer.unseal(row.secret_enc, row=row.id).decode()


def test_a_good_account_is_stored_with_its_calendars(open_web: Web, hers: Calendar) -> None:
    browser, answer = connect(open_web, **told_of(hers))
    (row,) = rows(open_web)
    assert (row.name, row.kind, row.by_page) == ("caldav", "caldav", True)
    assert secret_of(open_web) == hers.password
    assert hers.displayname in browser.get(answer.headers["Location"], base_url=BASE_URL).text
    drain_all(open_web.runtime)
    assert rows(open_web)[0].state == "ok"


def test_a_wrong_password_is_told_at_its_field(open_web: Web, hers: Calendar) -> None:
    _, answer = connect(open_web, **told_of(hers, password="wrong"))
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert "app password" in answer.text
    assert 'value="wrong"' not in answer.text
    assert rows(open_web) == []


def test_a_server_that_does_not_answer_is_told_at_the_address(open_web: Web, hers: Calendar) -> None:
    _, answer = connect(open_web, **told_of(hers, url=f"http://127.0.0.1:{free_port()}/"))
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert rows(open_web) == []


def test_an_account_without_calendars_is_told(open_web: Web, radicale: RadicaleServer) -> None:
    who = radicale.fresh_account()
    url = f"{radicale.url.rstrip('/')}/{who.username}/"
    _, answer = connect(open_web, url=url, username=who.username, password=who.password)
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert rows(open_web) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5232/",
        "https://169.254.169.254/",
        "https://localhost/",
        "ftp://dav.example.com/",
        "nonsense",
    ],
)
def test_an_address_that_must_not_be_asked_is_refused_before_it_is(web: Web, url: str) -> None:
    _, answer = connect(web, url=url, username="ada", password="x")
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert rows(web) == []


def test_what_was_left_empty_is_named(web: Web) -> None:
    _, answer = connect(web, url="", username="", password="")
    assert answer.text.count('class="error"') == 3


def test_the_same_account_given_again_makes_no_second_one(open_web: Web, hers: Calendar) -> None:
    connect(open_web, **told_of(hers))
    connect(open_web, **told_of(hers))
    assert len(rows(open_web)) == 1


def test_a_new_password_is_tried_before_it_is_stored(open_web: Web, hers: Calendar) -> None:
    browser, answer = connect(open_web, **told_of(hers))
    page = answer.headers["Location"]
    refused = post_form(browser, f"{page}/password", page=page, password="wrong")
    assert refused.status_code == 422
    assert secret_of(open_web) == hers.password
    taken = post_form(browser, f"{page}/password", page=page, password=hers.password or "")
    assert taken.status_code == 303


def test_disconnecting_erases_the_password(open_web: Web, hers: Calendar) -> None:
    browser, answer = connect(open_web, **told_of(hers))
    page = f"{answer.headers['Location']}/disconnect"
    assert post_form(browser, page, page=page).status_code == 303
    (row,) = rows(open_web)
    assert row.secret_enc is None
    assert row.removed_at is not None
    assert len(rows(open_web, calendar)) == 1
