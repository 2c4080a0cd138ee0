"""A request that repeats, on pages: asked for, clashes chosen around, answered once, cancelled from a date on."""

from sqlalchemy import select

from booking.store.tables import request
from tests.support.visits import PERSON, booked, form_for, hidden, look, send
from tests.support.web_app import BASE_URL, Web, post_form

WEEKLY = {"repeat": "1", "times": "3"}


def statuses(web: Web) -> list[str]:
    with web.runtime.database.read() as connection:
        rows = connection.execute(
            select(request.c.status).where(request.c.series_id.is_not(None)).order_by(request.c.series_wall)
        )
        return list(rows.scalars())


def test_a_series_is_asked_for_answered_once_and_cancelled_from_a_date_on(web: Web) -> None:
    browser = web.browser()
    path = booked(browser, **WEEKLY)
    page = look(browser, path).text
    assert "One of 3 dates" in page
    ada = web.signed_in("ada@example.com")
    inbox = look(ada, "/provider").text
    assert inbox.count("Your answer is for all dates that wait.") == 1
    assert "<details open>\n<summary>One of 3 dates, until Wed 18 Mar" in inbox, (
        "all that is answered is in sight"
    )
    assert "First request" in inbox, "the dates of a series are no history of their client"
    with web.runtime.database.read() as connection:
        first = connection.execute(select(request.c.id).order_by(request.c.starts_at)).scalars().first()
    post_form(ada, f"/provider/requests/{first}/accept", page="/provider")
    assert statuses(web) == ["accepted"] * 3
    fields = {"csrf_token": hidden(look(browser, path).text)["csrf_token"], "scope": "following"}
    assert browser.post(f"{path}/cancel", data=fields, base_url=BASE_URL).status_code == 303
    assert statuses(web) == ["cancelled"] * 3


def test_a_date_that_is_taken_is_chosen_around(web: Web) -> None:
    booked(web.browser(), "2026-03-11T10:00:00-04:00", email="other@example.com")
    browser = web.browser()
    fields = {**form_for(browser), **PERSON, **WEEKLY}
    answer = send(browser, fields)
    assert answer.status_code == 409
    assert "Wed 11 March, 10:00 am is not free" in answer.text
    assert 'name="at-2026-03-11" value="skip"' in answer.text
    again = {**fields, **hidden(answer.text), "at-2026-03-11": "2026-03-11T11:00:00-04:00"}
    assert send(browser, again).status_code == 303
    assert statuses(web) == ["pending"] * 3
