"""A client's own page: where the request stands, and that looking at it changes nothing."""

import icalendar
import pytest
from sqlalchemy import select

from booking.store.tables import request
from tests.support.visits import booked, hidden, look
from tests.support.web_app import BASE_URL, Web, post_form


def status(web: Web) -> str:
    with web.runtime.database.read() as connection:
        return str(connection.execute(select(request.c.status)).scalar_one())


def decide(web: Web, action: str, **fields: str) -> None:
    ada = web.signed_in("ada@example.com")
    with web.runtime.database.read() as connection:
        request_id = connection.execute(select(request.c.id)).scalar_one()
    post_form(ada, f"/provider/requests/{request_id}/{action}", page="/provider", **fields)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(web: Web, method: str) -> None:
    browser = web.browser()
    path = booked(browser)
    for address in (path, f"{path}/cancel"):
        web.browser().open(address, method=method, base_url=BASE_URL)
    assert status(web) == "pending"


def test_she_can_withdraw_by_a_form(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    token = hidden(look(browser, path).text)["csrf_token"]
    answer = browser.post(f"{path}/cancel", data={"csrf_token": token}, base_url=BASE_URL)
    assert (answer.status_code, status(web)) == (303, "cancelled")
    assert "This appointment is cancelled" in look(browser, path).text


def test_it_tells_of_the_acceptance(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    decide(web, "accept")
    assert "Your appointment is confirmed" in look(browser, path).text


def test_it_tells_of_the_refusal_with_the_providers_words(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    decide(web, "decline", message="Next week is better")
    page = look(browser, path).text
    assert "Next week is better" in page
    assert "Find another time with Ada Byron" in page


def test_too_late_to_cancel_it_names_the_telephone(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    decide(web, "accept")
    web.clock.forward(hours=40)
    page = look(browser, path).text
    assert "It is too late to cancel here" in page
    assert "/cancel" not in page


def test_a_token_that_opens_nothing_looks_like_any_other_unknown_page(web: Web) -> None:
    # Links to other languages name the address itself.
    paths = ("/r/nonsense", "/r/" + "A" * 32)
    answers = [look(web.browser(), path) for path in paths]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({answer.text.replace(path, "") for answer, path in zip(answers, paths, strict=True)}) == 1


def test_the_page_is_kept_by_nobody_and_found_by_nobody(web: Web) -> None:
    browser = web.browser()
    answer = look(browser, booked(browser))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_she_takes_another_time_by_links_and_one_button(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    assert f"{path}/reschedule" in look(browser, path).text
    times = look(browser, f"{path}/reschedule", day="2026-03-05").text
    assert "start=2026-03-05T11" in times
    chosen = look(browser, f"{path}/reschedule", start="2026-03-05T11:00:00-05:00")
    answer = browser.post(f"{path}/reschedule", data=hidden(chosen.text), base_url=BASE_URL)
    assert answer.status_code == 303
    assert "Thursday 5 March 2026" in look(browser, path).text


def test_a_time_taken_meanwhile_leads_back_to_the_times(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    chosen = look(browser, f"{path}/reschedule", start="2026-03-05T11:00:00-05:00")
    booked(web.browser(), "2026-03-05T11:00:00-05:00", email="other@example.com")
    answer = browser.post(f"{path}/reschedule", data=hidden(chosen.text), base_url=BASE_URL)
    assert answer.status_code == 409
    assert "has just been taken" in answer.text
    assert "Wednesday 4 March 2026" in look(browser, path).text


def test_other_times_put_forward_are_buttons_and_one_of_them_is_accepted_at_once(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    decide(web, "propose", start="2026-03-06T15:00")
    page = look(browser, path).text
    assert "asks whether another time would suit you" in page
    token = hidden(page)["csrf_token"]
    fields = {"csrf_token": token, "start": "2026-03-06T15:00:00-05:00"}
    assert browser.post(f"{path}/choose", data=fields, base_url=BASE_URL).status_code == 303
    page = look(browser, path).text
    assert "Your appointment is confirmed" in page
    assert "Friday 6 March 2026" in page


def test_none_of_them_keeps_what_she_has(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    decide(web, "propose", start="2026-03-06T15:00")
    token = hidden(look(browser, path).text)["csrf_token"]
    assert browser.post(f"{path}/refuse", data={"csrf_token": token}, base_url=BASE_URL).status_code == 303
    page = look(browser, path).text
    assert "Wednesday 4 March 2026" in page
    assert "None of these" not in page


def test_the_file_for_her_own_calendar_is_read_by_another_library(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    assert browser.get(f"{path}/appointment.ics", base_url=BASE_URL).status_code == 404
    decide(web, "accept")
    answer = browser.get(f"{path}/appointment.ics", base_url=BASE_URL)
    assert answer.mimetype == "text/calendar"
    parsed = icalendar.Calendar.from_ical(answer.data)
    (event,) = parsed.walk("VEVENT")
    with web.runtime.database.read() as connection:
        row = connection.execute(select(request.c.starts_at, request.c.ends_at)).one()
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (row.starts_at, row.ends_at)
    assert event["UID"].startswith("freehold-")
    assert parsed["METHOD"] == "PUBLISH"
    assert not {"ATTENDEE", "ORGANIZER"} & set(event)
    assert path.rpartition("/")[2] not in answer.text
