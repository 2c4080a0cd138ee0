"""Steps for a client who is not certain yet: whoever is free first, no service chosen, the last places of a group."""

from __future__ import annotations

import re

from sqlalchemy import func, select, update

from booking.store.tables import block, client, practice, service, wish
from tests.support.visits import ADA, PERSON, WEDNESDAY_TEN, booked, hidden, look
from tests.support.web_app import BASE_URL, Web

FIRST = "/book/elm-street/-/first"
DAY = {"service": "90834", "day": "2026-03-04"}


def capacity(web: Web, seats: int) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(update(service).values(capacity=seats))


def unsure(web: Web) -> None:
    with web.runtime.database.write() as connection:
        rules = connection.execute(
            select(practice.c.rules).where(practice.c.slug == "elm-street")
        ).scalar_one()
        connection.execute(update(practice).values(rules=rules | {"unsure": True}))


def test_whoever_is_free_first_is_on_top_and_her_times_lead_to_the_details(web: Web) -> None:
    with web.runtime.database.write() as connection:
        ada = web.provider_id("ada")
        connection.execute(update(block).where(block.c.provider_id == ada).values(days=[3]))
    visitor = web.browser()
    assert f'href="{FIRST}"' in look(visitor, "/book/elm-street").text
    page = look(visitor, FIRST).text
    assert page.index("Grace Byron") < page.index("Ada Byron")
    link = re.search(r'href="(/book/elm-street/grace/details[^"]*)"', page)
    assert link
    assert "Monday 2 March, 11:00 am to 11:45 am, New York time" in page
    assert look(visitor, link[1].replace("&amp;", "&")).status_code == 200
    assert page.count("/details?") == 8


def test_where_nobody_is_free_one_is_asked_to_call(web: Web) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(update(block).values(online=False))
    assert "Nobody has a free time" in look(web.browser(), FIRST).text
    assert look(web.browser(), FIRST, service="nothing").status_code == 404


def test_whose_calendar_is_late_or_cannot_be_seen_is_told_there_too(web: Web) -> None:
    web.make_calendar()
    web.clock.forward(minutes=20)
    assert "We are checking Ada Byron’s calendar" in look(web.browser(), FIRST).text
    web.clock.forward(minutes=41)
    page = look(web.browser(), FIRST).text
    assert page.count("/grace/details?") == 4
    assert f'href="{ADA}/times?' in page.partition("No free time here")[2]
    assert "We cannot see this calendar at the moment." in page
    assert f"{ADA}/details" not in page


def test_a_client_who_is_asked_to_call_does_not_read_that_nobody_is_free(web: Web) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(update(client).values(privilege="call_us"))
    token = web.runtime.desk.client_link(web.practice_id(), "c-1", now=web.clock()).token
    page = look(web.browser(), FIRST, client_token=token).text
    assert "This cannot be booked online" in page
    assert "Nobody has a free time" not in page


def test_with_several_services_the_first_question_is_what_it_is_about(web: Web) -> None:
    with web.runtime.database.write() as connection:
        row = connection.execute(
            select(service).where(service.c.practice_id == web.practice_id())
        ).mappings().one()  # fmt: skip
        connection.execute(
            service.insert().values(
                **dict(row) | {"id": "other", "code": "90847", "name": "Couples", "position": 9}
            )
        )
    page = look(web.browser(), FIRST).text
    assert f'href="{FIRST}?service=90847"' in page
    assert "/details?" not in page


def test_i_do_not_know_leads_to_words_of_ones_own_where_the_practice_offers_it(web: Web) -> None:
    visitor = web.browser()
    assert "I don’t know yet" not in look(visitor, ADA).text
    assert look(visitor, f"{ADA}/wishes").status_code == 404
    unsure(web)
    assert f'href="{ADA}/wishes"' in look(visitor, ADA).text
    fields = {
        **hidden(look(visitor, f"{ADA}/wishes").text),
        **PERSON,
        "text": "I sleep badly. Mondays are best.",
    }
    sent = visitor.post(f"{ADA}/wishes", data=fields, base_url=BASE_URL)
    assert "your wishes are sent" in sent.text
    with web.runtime.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(wish)).scalar_one() == 1


def test_the_places_of_a_group_are_counted_down_and_nothing_else_is_told(web: Web) -> None:
    capacity(web, 3)
    visitor = web.browser()
    assert look(visitor, f"{ADA}/times", **DAY).text.count("3 places left") == 30
    booked(visitor)
    page = look(visitor, f"{ADA}/times", **DAY).text
    assert re.search(r"10:00 am to 10:45 am, New York time\. 2 places left", page)
    assert "Ann" not in page
    for number in (2, 3):
        booked(visitor, WEDNESDAY_TEN, email=f"{number}@example.com", mode="in_person")
    assert "10:00 am to 10:45 am" not in look(visitor, f"{ADA}/times", **DAY).text


def test_where_there_are_plenty_or_only_one_no_number_is_shown(web: Web) -> None:
    for seats in (1, 12):
        capacity(web, seats)
        assert "left" not in re.sub(r"<[^>]*>", "", look(web.browser(), f"{ADA}/times", **DAY).text)
