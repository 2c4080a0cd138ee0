"""The waitlist on pages: joined without a script, taken by one button, kept in order by the provider."""

from tests.support.visits import ADA, PERSON, hidden, look
from tests.support.web_app import BASE_URL, Web


def test_she_joins_takes_what_is_offered_and_is_led_to_her_request(web: Web) -> None:
    browser = web.browser()
    page = look(browser, f"{ADA}/waitlist", service="90834")
    fields = {**hidden(page.text), **PERSON, "part": "afternoon", "day": "3"}
    answer = browser.post(f"{ADA}/waitlist", data=fields, base_url=BASE_URL)
    assert answer.status_code == 303, answer.text
    place = answer.headers["Location"]
    assert "You are the first in line." in look(browser, place).text
    assert "Ann Lee" in look(web.signed_in("ada@example.com"), "/provider/waitlist").text
    web.runtime.desk.waitlist.offer(now=web.clock())
    page = look(browser, place)
    assert "A time has become free" in page.text
    token = hidden(page.text)["csrf_token"]
    taken = browser.post(f"{place}/take", data={"csrf_token": token}, base_url=BASE_URL)
    assert "/r/" in taken.headers["Location"]


def test_what_is_wrong_with_the_form_is_said_at_its_field(web: Web) -> None:
    browser = web.browser()
    fields = hidden(look(browser, f"{ADA}/waitlist", service="90834").text)
    answer = browser.post(f"{ADA}/waitlist", data={**fields, "name": "Ann"}, base_url=BASE_URL)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
