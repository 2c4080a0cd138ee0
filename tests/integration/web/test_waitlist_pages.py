"""The waitlist on pages: joined without a script, taken by one button, kept in order by the provider."""

from sqlalchemy import select

from booking.desk.waiting import PURPOSE
from booking.store.tables import mail, waiting
from tests.support.visits import ADA, PERSON, hidden, look
from tests.support.web_app import BASE_URL, Web


def test_she_joins_takes_what_is_offered_and_is_led_to_her_request(web: Web) -> None:
    browser = web.browser()
    page = look(browser, f"{ADA}/waitlist", service="90834")
    fields = {**hidden(page.text), **PERSON, "part": "afternoon", "day": "3"}
    answer = browser.post(f"{ADA}/waitlist", data=fields, base_url=BASE_URL)
    assert answer.status_code == 200, answer.text
    place = place_of(web)
    assert "You are the first in line." in look(browser, place).text
    assert "Ann Lee" in look(web.signed_in("ada@example.com"), "/provider/waitlist").text
    web.runtime.desk.waitlist.offer(now=web.clock())
    page = look(browser, place)
    assert "A time has become free" in page.text
    token = hidden(page.text)["csrf_token"]
    taken = browser.post(f"{place}/take", data={"csrf_token": token}, base_url=BASE_URL)
    assert "/r/" in taken.headers["Location"]


def place_of(web: Web) -> str:
    """The address in the mail: the page does not say it."""
    found = web.runtime.desk.waitlist
    with web.runtime.database.read() as connection:
        (row,) = connection.execute(select(waiting)).all()
    return f"/w/{found._means.tokens.derive(PURPOSE, row.id)}"


def test_who_waits_already_is_told_by_mail_alone(web: Web) -> None:
    browser = web.browser()
    answers = []
    for _ in range(2):
        fields = {**hidden(look(browser, f"{ADA}/waitlist", service="90834").text), **PERSON}
        answers.append(browser.post(f"{ADA}/waitlist", data=fields, base_url=BASE_URL))
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text == answers[1].text
    assert place_of(web) not in answers[0].text
    with web.runtime.database.read() as connection:
        kinds = list(connection.execute(select(mail.c.kind)).scalars())
    assert kinds.count("waitlist_joined") == 2


def test_what_is_wrong_with_the_form_is_said_at_its_field(web: Web) -> None:
    browser = web.browser()
    fields = hidden(look(browser, f"{ADA}/waitlist", service="90834").text)
    answer = browser.post(f"{ADA}/waitlist", data={**fields, "name": "Ann"}, base_url=BASE_URL)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


def test_what_is_no_day_of_the_week_is_left_out(web: Web) -> None:
    browser = web.browser()
    fields = {**hidden(look(browser, f"{ADA}/waitlist", service="90834").text), **PERSON}
    sent = {**fields, "day": ["\u00b2", "9" * 5000, "3"]}
    assert browser.post(f"{ADA}/waitlist", data=sent, base_url=BASE_URL).status_code == 200
    with web.runtime.database.read() as connection:
        assert connection.execute(select(waiting.c.days)).scalar_one() == [3]


def test_whose_last_day_is_past_reads_that_the_place_has_ended(web: Web) -> None:
    browser = web.browser()
    today = web.clock().date().isoformat()
    fields = {**hidden(look(browser, f"{ADA}/waitlist", service="90834").text), **PERSON, "until": today}
    assert browser.post(f"{ADA}/waitlist", data=fields, base_url=BASE_URL).status_code == 200
    web.clock.forward(hours=36)
    page = look(browser, place_of(web)).text
    assert "Your place on the list has ended" in page
    assert "Take me off the list" not in page
