"""The pages of a provider's own events, without a script."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from sync.store.tables import calendar
from tests.support.visits import booked, look
from tests.support.web_app import BASE_URL, Web, form_token, post_form

EVENTS = "/provider/events"
TUESDAY = {
    "title": "Dentist", "from": "2026-03-03", "from_time": "09:00", "to": "2026-03-03", "to_time": "10:00",
    "transparency": "opaque", "repeats": "no", "until": "",
}  # fmt: skip


@pytest.fixture
def elm(web: Web) -> Web:
    found = web.make_calendar()
    with web.runtime.database.write() as connection:
        connection.execute(update(calendar).where(calendar.c.id == found["calendar"]).values(role="write"))
    return web


@pytest.fixture
def ada(elm: Web) -> FlaskClient:
    return elm.signed_in("ada@example.com")


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def make(browser: FlaskClient, **changes: str) -> Any:
    page = look(browser, f"{EVENTS}/new").text
    return browser.post(f"{EVENTS}/new", data={**hidden(page), **TUESDAY, **changes}, base_url=BASE_URL)


def save(browser: FlaskClient, path: str, **changes: str) -> Any:
    """The form as it is shown, with these fields changed."""
    page = look(browser, path).text
    kept = hidden(page)
    shown = {name.removeprefix("was-"): value for name, value in kept.items() if name.startswith("was-")}
    return browser.post(path, data={**shown, **kept, **changes}, base_url=BASE_URL)


def first_link(browser: FlaskClient) -> str:
    found = re.search(rf'href="({EVENTS}/[a-z0-9]{{20,}})"', look(browser, EVENTS).text)
    assert found
    return found[1]


def test_an_event_is_made_and_listed(ada: FlaskClient) -> None:
    assert "None yet" in look(ada, EVENTS).text
    answer = make(ada)
    assert (answer.status_code, answer.headers["Location"]) == (303, EVENTS)
    page = look(ada, EVENTS).text
    assert "Dentist" in page
    assert "Tue 3 March" in page
    assert "Busy" in page
    assert "On its way into the calendar Work." in page


def test_a_form_sent_twice_makes_one_event(ada: FlaskClient) -> None:
    page = look(ada, f"{EVENTS}/new").text
    for _ in range(2):
        ada.post(f"{EVENTS}/new", data={**hidden(page), **TUESDAY}, base_url=BASE_URL)
    assert look(ada, EVENTS).text.count("Dentist</a>") == 1


@pytest.mark.parametrize(
    "change, told",
    [
        ({"title": ""}, "Please give it a title."),
        ({"from_time": ""}, "Please give a time, or choose all day."),
        ({"from": ""}, "Please give a day."),
        ({"to_time": "08:00"}, "The end must lie after the start."),
        ({"repeats": "weekly", "until": "2026-03-01"}, "The rule ends before the event begins."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    ada: FlaskClient, change: dict[str, str], told: str
) -> None:
    answer = make(ada, **{"title": "Typed by me", **change})
    assert answer.status_code == 422
    assert told in answer.text
    assert "title" in change or 'value="Typed by me"' in answer.text


def test_an_all_day_event_needs_no_times_and_ends_on_its_last_day(ada: FlaskClient) -> None:
    make(ada, all_day="1", to="2026-03-04", from_time="", to_time="")
    page = look(ada, EVENTS).text
    assert "Tue 3 March to Wed 4 March, all day" in " ".join(page.split())
    form = look(ada, first_link(ada)).text
    assert 'name="to" type="date" value="2026-03-04"' in form


@pytest.mark.parametrize(
    "repeats, words",
    [
        ("daily", "every day"),
        ("weekly", "every week"),
        ("fortnightly", "every 2 weeks"),
        ("monthly", "every month"),
    ],
)
def test_a_repetition_is_shown_as_it_was_chosen(ada: FlaskClient, repeats: str, words: str) -> None:
    make(ada, repeats=repeats, until="2026-06-30")
    assert words in look(ada, EVENTS).text
    form = look(ada, first_link(ada)).text
    assert f'<option value="{repeats}" selected>' in form
    assert 'name="until" type="date" value="2026-06-30"' in form


def test_only_what_was_changed_in_the_form_is_changed(ada: FlaskClient) -> None:
    make(ada, repeats="weekly")
    path = first_link(ada)
    assert save(ada, path, title="Supervision").status_code == 303
    page = " ".join(look(ada, EVENTS).text.split())
    assert "Supervision" in page
    assert "every week" in page
    assert save(ada, path, transparency="transparent").status_code == 303
    assert "Free</span>" in look(ada, EVENTS).text


def test_deleted_it_can_be_brought_back(ada: FlaskClient) -> None:
    make(ada)
    path = first_link(ada)
    assert post_form(ada, f"{path}/delete", page=EVENTS).status_code == 303
    page = look(ada, EVENTS).text
    assert "Deleted: Dentist" in " ".join(page.split())
    assert post_form(ada, f"{path}/undo", page=EVENTS).status_code == 303
    assert first_link(ada) == path


def test_over_a_booking_it_says_whose(elm: Web, ada: FlaskClient) -> None:
    booked(elm.browser(), "2026-03-04T10:00:00-05:00")
    make(ada, **{"from": "2026-03-04", "to": "2026-03-04", "from_time": "10:15", "to_time": "11:00"})
    page = look(ada, EVENTS).text
    assert "Overlaps" in page
    assert "Ann Lee" in page


def test_without_a_calendar_to_write_to_the_page_says_what_to_do(web: Web) -> None:
    answer = make(web.signed_in("ada@example.com"))
    assert answer.status_code == 409
    assert "Give one of them the role write" in answer.text


def test_the_owner_makes_one_for_the_provider_she_chose(elm: Web) -> None:
    owner = elm.signed_in("owner@example.com")
    page = look(owner, f"{EVENTS}/new?provider=ada").text
    data = {**hidden(page), **TUESDAY}
    answer = owner.post(f"{EVENTS}/new?provider=ada", data=data, base_url=BASE_URL)
    assert answer.headers["Location"] == f"{EVENTS}?provider=ada"
    assert "Dentist" in look(owner, f"{EVENTS}?provider=ada").text
    assert "Dentist" not in look(owner, f"{EVENTS}?provider=grace").text


def test_ops_and_other_providers_see_nothing_of_it(elm: Web, ada: FlaskClient) -> None:
    make(ada)
    path = first_link(ada)
    assert look(elm.signed_in("ops@example.com"), EVENTS).status_code == 403
    other = elm.signed_in("owner@example.com", "oak-lane")
    assert look(other, path).status_code == 404


def test_nothing_is_changed_by_a_form_without_its_token(ada: FlaskClient) -> None:
    page = look(ada, f"{EVENTS}/new").text
    data = {**hidden(page), **TUESDAY, "csrf_token": "x"}
    assert ada.post(f"{EVENTS}/new", data=data, base_url=BASE_URL).status_code in (400, 403)
    assert form_token(ada, EVENTS)
    assert "Dentist" not in look(ada, EVENTS).text
