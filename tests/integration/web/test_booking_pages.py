"""The booking pages as a visitor without any script sees them."""

import pytest
from sqlalchemy import func, select

from booking.store.tables import practice, provider, request, wish
from tests.support.visits import ADA, PERSON, WEDNESDAY_TEN, booked, form_for, hidden, look, send
from tests.support.web_app import BASE_URL, Web


def count(web: Web, table: object = request) -> int:
    with web.runtime.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_the_practice_names_its_providers_and_where_they_meet(web: Web) -> None:
    page = look(web.browser(), "/book/elm-street")
    assert "Ada Byron" in page.text
    assert "In person or by video" in page.text


def personal_link(web: Web) -> str:
    made = web.runtime.desk.client_link(web.practice_id(), "c-1", kind="new_appointment", now=web.clock())
    return made.token


def test_a_personal_link_is_carried_through_every_step(web: Web) -> None:
    browser, token = web.browser(), personal_link(web)
    assert f"ada?client_token={token}" in look(browser, "/book/elm-street", client_token=token).text
    assert f"client_token={token}" in look(browser, ADA, client_token=token).text
    assert f"client_token={token}" in look(browser, f"{ADA}/times", service="90834", client_token=token).text


def test_a_personal_link_books_for_its_client_and_spares_her_the_typing(web: Web) -> None:
    browser, token = web.browser(), personal_link(web)
    page = look(browser, f"{ADA}/details", service="90834", start=WEDNESDAY_TEN, client_token=token)
    assert 'value="client@example.com"' in page.text
    send(browser, {**hidden(page.text), "mode": "in_person", "name": "Grace", "email": "client@example.com"})
    with web.runtime.database.read() as connection:
        assert connection.execute(select(request.c.client_id)).scalar_one() == "c-1"


def test_a_personal_link_that_has_run_out_still_leads_on(web: Web) -> None:
    page = look(web.browser(), ADA, client_token="nonsense")
    assert page.status_code == 200
    assert "Your personal link has run out" in page.text


def test_the_service_is_told_with_its_length(web: Web) -> None:
    page = look(web.browser(), ADA).text
    assert "Individual session" in page
    assert "45 minutes" in page


def test_the_month_has_links_for_the_days_with_times_and_none_for_the_others(web: Web) -> None:
    page = look(web.browser(), f"{ADA}/times", service="90834").text
    assert "day=2026-03-03" in page
    assert "day=2026-03-01" not in page


def test_each_time_is_a_whole_sentence_for_who_does_not_see_the_page(web: Web) -> None:
    page = look(web.browser(), f"{ADA}/times", service="90834", day="2026-03-04").text
    assert "Wednesday 4 March, 10:00 am to 10:45 am, New York time" in page


def test_times_are_told_in_the_zone_that_was_chosen(web: Web) -> None:
    page = look(web.browser(), f"{ADA}/times", service="90834", day="2026-03-04", tz="Europe/London").text
    assert "3:00 pm to 3:45 pm, London time" in page


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", ""])
def test_a_zone_that_is_none_is_the_practices(web: Web, zone: str) -> None:
    page = look(web.browser(), f"{ADA}/times", service="90834", tz=zone)
    assert page.status_code == 200
    assert "New York time" in page.text


@pytest.mark.parametrize(
    "query", [{"month": "1999-01"}, {"month": "9999-12"}, {"day": "x"}, {"day": "2026-02-30"}]
)
def test_an_odd_month_or_day_is_still_a_page(web: Web, query: dict[str, str]) -> None:
    assert look(web.browser(), f"{ADA}/times", service="90834", **query).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/book/nowhere",
        "/book/elm-street/nobody",
        f"{ADA}/times?service=x",
        f"{ADA}/details?service=90834&start=x",
    ],
)
def test_what_there_is_not_answers_as_an_unknown_page(web: Web, path: str) -> None:
    assert look(web.browser(), path).status_code == 404


def test_a_request_is_stored_and_leads_to_the_clients_own_page(web: Web) -> None:
    browser = web.browser()
    path = booked(browser)
    assert path.startswith("/r/")
    page = look(browser, path, new="1")
    assert "Sent. Ada Byron has your request" in page.text
    assert "Wednesday 4 March 2026" in page.text


def test_both_zones_are_told_where_they_differ(web: Web) -> None:
    browser = web.browser()
    fields = form_for(browser, tz="Europe/London")
    answer = send(browser, {**fields, **PERSON})
    page = look(browser, answer.headers["Location"]).text
    assert "London time" in page
    assert "10:00 – 10:45 am (New York time)" in page


def test_a_double_click_is_one_request(web: Web) -> None:
    browser = web.browser()
    fields = {**form_for(browser), **PERSON}
    first, second = send(browser, fields), send(browser, fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(web) == 1


def test_a_form_sent_again_from_another_network_is_the_same_request(web: Web) -> None:
    browser = web.browser()
    fields = {**form_for(browser), **PERSON}
    first = send(browser, fields)
    other = {"REMOTE_ADDR": "198.51.100.7"}
    again = browser.post(f"{ADA}/requests", data=fields, base_url=BASE_URL, environ_base=other)
    assert again.headers.get("Location") == first.headers["Location"]
    assert count(web) == 1


def test_a_form_with_a_fault_comes_back_with_what_was_typed_and_names_the_field(web: Web) -> None:
    browser = web.browser()
    answer = send(browser, {**form_for(browser), "name": "Ann Lee", "email": "nonsense", "note": "sleep"})
    assert answer.status_code == 422
    assert 'value="Ann Lee"' in answer.text
    assert ">sleep</textarea>" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'id="errors" role="alert" tabindex="-1" autofocus' in answer.text
    assert 'href="#email"' in answer.text


def test_a_form_that_was_mended_can_be_sent(web: Web) -> None:
    browser = web.browser()
    again = send(browser, {**form_for(browser), "name": "Ann Lee", "email": "nonsense"})
    assert send(browser, {**hidden(again.text), "mode": "in_person", **PERSON}).status_code == 303


def test_a_time_taken_meanwhile_gives_others_and_keeps_what_was_typed(web: Web) -> None:
    slow, quick = web.browser(), web.browser()
    fields = form_for(slow)
    booked(quick, email="quick@example.com")
    answer = send(slow, {**fields, **PERSON, "note": "sleep"})
    assert answer.status_code == 409
    assert answer.text.count('type="radio" name="start"') == 3
    assert 'value="Ann Lee"' in answer.text
    assert ">sleep</textarea>" in answer.text


def test_one_of_the_others_can_be_taken_from_there(web: Web) -> None:
    slow, quick = web.browser(), web.browser()
    fields = form_for(slow)
    booked(quick, email="quick@example.com")
    answer = send(slow, {**fields, **PERSON})
    start = answer.text.split('type="radio" name="start" value="')[1].split('"')[0]
    done = send(slow, {**hidden(answer.text), "mode": "in_person", "start": start, **PERSON})
    assert done.status_code == 303


def test_the_details_of_a_time_that_is_taken_say_so(web: Web) -> None:
    booked(web.browser())
    page = look(web.browser(), f"{ADA}/details", service="90834", start=WEDNESDAY_TEN)
    assert page.status_code == 409
    assert "This time has just been taken" in page.text


def test_a_program_that_fills_in_every_field_stores_nothing(web: Web) -> None:
    browser = web.browser()
    answer = send(browser, {**form_for(browser), **PERSON, "website": "https://spam.example"})
    assert (answer.status_code, count(web)) == (400, 0)


def test_a_form_that_lay_open_for_a_day_is_shown_again_with_what_was_typed(web: Web) -> None:
    browser = web.browser()
    fields = form_for(browser, "2026-03-06T10:00:00-05:00")
    web.clock.forward(hours=24)
    answer = send(browser, {**fields, **PERSON})
    assert answer.status_code == 400
    assert 'value="Ann Lee"' in answer.text
    assert send(browser, {**hidden(answer.text), "mode": "in_person", **PERSON}).status_code == 303


def test_a_form_without_its_token_stores_nothing(web: Web) -> None:
    browser = web.browser()
    fields = {**form_for(browser), **PERSON, "csrf_token": "made up"}
    assert (send(browser, fields).status_code, count(web)) == (403, 0)


def test_what_was_typed_is_shown_as_text(web: Web) -> None:
    browser = web.browser()
    answer = send(browser, {**form_for(browser), "name": '"><script>x</script>', "email": "nonsense"})
    assert "<script>x" not in answer.text


def test_while_the_calendar_is_late_a_time_can_be_asked_for(web: Web) -> None:
    web.make_calendar()
    web.clock.forward(minutes=20)
    browser = web.browser()
    assert "We are checking Ada Byron’s calendar" in look(browser, ADA).text
    booked(browser)
    assert count(web) == 1


@pytest.mark.parametrize("path", [ADA, f"{ADA}/times?service=90834"])
def test_when_closed_there_is_the_telephone_and_a_form_for_wishes_and_no_grid(web: Web, path: str) -> None:
    web.make_calendar()
    web.clock.forward(minutes=61)
    page = look(web.browser(), path).text
    assert "+1 555 0100" in page
    assert 'id="wishes"' in page
    assert f'action="{ADA}/wishes"' in page
    assert "<table" not in page


def test_a_calendar_that_closed_meanwhile_turns_the_request_into_a_wish_with_what_was_typed(web: Web) -> None:
    web.make_calendar()
    browser = web.browser()
    fields = form_for(browser)
    web.clock.forward(minutes=61)
    answer = send(browser, {**fields, **PERSON})
    assert answer.status_code == 409
    assert 'id="wishes"' in answer.text
    assert 'value="Ann Lee"' in answer.text


def test_the_details_of_a_time_are_no_way_past_a_closed_calendar(web: Web) -> None:
    web.make_calendar()
    web.clock.forward(minutes=61)
    page = look(web.browser(), f"{ADA}/details", service="90834", start=WEDNESDAY_TEN)
    assert 'id="wishes"' in page.text
    assert "+1 555 0100" in page.text


def wish_for(web: Web, **fields: str) -> tuple[int, str]:
    browser = web.browser()
    shown = hidden(look(browser, f"{ADA}/times", service="90834").text)
    answer = browser.post(f"{ADA}/wishes", data={**shown, **fields}, base_url=BASE_URL)
    return answer.status_code, answer.text


def test_a_wish_is_stored_and_says_what_happens_next(web: Web) -> None:
    status, text = wish_for(web, **PERSON, text="Tuesdays after 4")
    assert (status, count(web, wish)) == (200, 1)
    assert "No time is held for you yet" in text


def test_a_double_click_is_one_wish_and_other_words_are_another(web: Web) -> None:
    browser = web.browser()
    shown = hidden(look(browser, f"{ADA}/times", service="90834").text)
    for text in ("Tuesdays after 4", "Tuesdays after 4", "Any Friday"):
        sent = browser.post(f"{ADA}/wishes", data={**shown, **PERSON, "text": text}, base_url=BASE_URL)
        assert sent.status_code == 200
    assert count(web, wish) == 2


def test_a_wish_by_a_form_that_is_not_ours_is_asked_for_once_more(web: Web) -> None:
    status, text = wish_for(web, **PERSON, text="Tuesdays after 4", form="made.up")
    assert (status, count(web, wish)) == (400, 0)
    assert "Tuesdays after 4" in text


def test_a_wish_without_words_comes_back(web: Web) -> None:
    status, text = wish_for(web, **PERSON, text="")
    assert (status, count(web, wish)) == (422, 0)
    assert 'value="Ann Lee"' in text
    assert "We cannot see" not in text


def test_a_provider_who_has_not_opted_in_is_to_be_called(web: Web) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(provider.update().values(self_scheduling=False))
    page = look(web.browser(), ADA).text
    assert "Please call us" in page
    assert "+1 555 0100" in page


def test_a_practice_whose_switch_is_off_is_to_be_called(web: Web) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(practice.update().values(self_scheduling=False))
    assert "Please call us" in look(web.browser(), "/book/elm-street").text


def test_the_accent_is_a_style_sheet_of_its_own(web: Web) -> None:
    answer = look(web.browser(), "/book/elm-street/accent.css")
    assert answer.mimetype == "text/css"
    assert "--accent:#" in answer.text
    assert "max-age=3600" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/book/elm-street", ADA, f"{ADA}/times?service=90834"])
def test_a_first_visit_weighs_under_sixty_kilobytes(web: Web, path: str) -> None:
    """Everything the page names is counted, uncompressed."""
    browser = web.browser()
    page = look(browser, path)
    parts = {part for mark in ("href", "src") for part in page.text.split(f'{mark}="')[1:]}
    addresses = {part.split('"')[0] for part in parts}
    named = {at for at in addresses if at.startswith("/static/") or at.endswith("accent.css")}
    assert len(page.data) + sum(len(look(browser, at).data) for at in named) < 60_000


@pytest.mark.parametrize("start", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+00:00"])
def test_a_time_of_another_age_is_none(web: Web, start: str) -> None:
    browser = web.browser()
    path = booked(browser)
    token = hidden(look(browser, path).text)["csrf_token"]
    sent = browser.post(f"{path}/reschedule", data={"csrf_token": token, "start": start}, base_url=BASE_URL)
    shown = look(browser, f"{ADA}/details", service="90834", start=start)
    assert (sent.status_code, shown.status_code) == (404, 404)
