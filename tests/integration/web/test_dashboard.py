"""The dashboard: the truth in its first line, what mends it, and nothing about any client."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from booking.store.tables import audit, mail
from service.work import drain_mail
from sync.store.tables import account, calendar, entry, host
from tests.support.visits import booked, look
from tests.support.web_app import SECRET_TITLE, Web, post_form


def ops(web: Web) -> str:
    return look(web.signed_in("ops@example.com"), "/ops").text


def change(web: Web, table: object, row_id: str, **values: object) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(table.update().where(table.c.id == row_id).values(**values))  # type: ignore[attr-defined]


def stored(web: Web, table: object, row_id: str) -> object:
    with web.runtime.database.read() as connection:
        return connection.execute(select(table).where(table.c.id == row_id)).one()  # type: ignore[attr-defined,call-overload]


def test_a_visitor_is_asked_to_sign_in(web: Web) -> None:
    assert look(web.browser(), "/ops").headers["Location"] == "/login"


def test_a_provider_may_not_see_it(web: Web) -> None:
    assert look(web.signed_in("ada@example.com"), "/ops").status_code == 403


def test_without_a_calendar_it_says_so(web: Web) -> None:
    assert "No calendar is connected yet." in ops(web)


def test_a_calendar_that_closed_the_page_is_told_with_its_age_and_the_button(web: Web) -> None:
    ids = web.make_calendar()
    web.clock.forward(minutes=61)
    page = ops(web)
    assert "No: 1 calendar is not true." in page
    assert "for 61 minutes" in page
    assert f'action="/ops/accounts/{ids["account"]}/sync"' in page


def test_a_late_calendar_is_told_as_late(web: Web) -> None:
    web.make_calendar()
    web.clock.forward(minutes=16)
    assert "Almost: 1 calendar is late." in ops(web)


def test_an_account_that_never_answered_is_told_though_it_has_no_calendars(web: Web) -> None:
    ids = web.make_calendar()
    with web.runtime.database.write() as connection:
        for table in ("sync_history", "sync_busy", "sync_entry", "sync_calendar"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    change(
        web,
        account,
        ids["account"],
        discovered_at=None,
        state="unreachable",
        text="no answer from the server",
    )
    page = ops(web)
    assert "No: 1 calendar is not true." in page
    assert "no answer from the server" in page


def test_sync_now_makes_its_calendars_due(web: Web) -> None:
    ids = web.make_calendar()
    path = f"/ops/accounts/{ids['account']}/sync"
    assert post_form(web.signed_in("ops@example.com"), path, page="/ops").status_code == 303
    assert stored(web, calendar, ids["calendar"]).due_at == web.clock()  # type: ignore[attr-defined]


def test_held_deletions_wait_for_an_answer_and_take_it(web: Web) -> None:
    ids = web.make_calendar()
    change(web, entry, ids["entry"], held_at=web.clock())
    browser = web.signed_in("ops@example.com")
    assert "1 deletion is held until you say whether it was meant." in look(browser, "/ops").text
    path = f"/ops/calendars/{ids['calendar']}/deletions/confirm"
    assert post_form(browser, path, page="/ops").status_code == 303
    assert stored(web, entry, ids["entry"]).gone_at == web.clock()  # type: ignore[attr-defined]


def test_a_parked_write_is_told_and_tried_again(web: Web) -> None:
    ids = web.make_calendar()
    change(web, entry, ids["entry"], blocked=True, error="the server answers 413")
    browser = web.signed_in("ops@example.com")
    assert "the server answers 413" in look(browser, "/ops").text
    path = f"/ops/calendars/{ids['calendar']}/retry"
    assert post_form(browser, path, page="/ops").status_code == 303
    row = stored(web, entry, ids["entry"])
    assert (row.blocked, row.due_at) == (False, web.clock())  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["accounts/{}/sync", "calendars/{}/retry", "calendars/{}/deletions/confirm"])
def test_what_belongs_to_another_practice_is_not_there(web: Web, path: str) -> None:
    ids = web.make_calendar(practice_slug="oak-lane")
    row_id = ids["account"] if path.startswith("accounts") else ids["calendar"]
    answer = post_form(web.signed_in("ops@example.com"), f"/ops/{path.format(row_id)}", page="/ops")
    assert answer.status_code == 404


def test_another_practices_calendars_are_not_shown(web: Web) -> None:
    ids = web.make_calendar(practice_slug="oak-lane")
    assert ids["account"] not in ops(web)


def test_nothing_of_a_client_and_no_title_is_on_it_for_ops(web: Web) -> None:
    booked(web.browser(), note="ZQXNOTE", name="Ann ZQXNAME", email="zqxmail@example.com")
    web.make_calendar()
    drain_mail(web.runtime)
    page = ops(web)
    assert SECRET_TITLE not in page
    assert not any(mark in page for mark in ("ZQXNOTE", "ZQXNAME", "zqxmail"))
    assert "mails were kept here" in page


def test_the_owner_reads_a_kept_mail_and_ops_does_not(web: Web) -> None:
    booked(web.browser(), email="zqxmail@example.com")
    drain_mail(web.runtime)
    owner = web.signed_in("owner@example.com")
    page = look(owner, "/ops").text
    assert "zqxmail@example.com" in page
    path = "/ops/mails/" + page.split('href="/ops/mails/')[1].split('"')[0]
    assert look(owner, path).status_code == 200
    assert look(web.signed_in("ops@example.com"), path).status_code == 403


def test_a_mail_that_could_not_be_sent_is_told_without_its_recipient(web: Web) -> None:
    booked(web.browser(), email="zqxmail@example.com")
    with web.runtime.database.write() as connection:
        connection.execute(mail.update().values(error="550 no such zqxmail@example.com"))
    page = ops(web)
    assert "2 mails could not be sent" in page
    assert "zqxmail" not in page


def test_a_queue_that_is_away_is_told(web: Web) -> None:
    assert "The queue does not answer" in ops(web)


def test_a_page_that_reloads_itself_says_it_is_no_person(web: Web) -> None:
    """Or the session of somebody who has gone home would never end."""
    browser = web.signed_in("ops@example.com")
    for _ in range(4):
        web.clock.forward(minutes=10)
        answer = browser.get("/ops", headers={"HX-Request": "true"}, base_url="http://127.0.0.1:8000")
    assert answer.status_code == 303


def test_a_long_reading_says_how_far_it_is(web: Web) -> None:
    ids = web.make_calendar()
    change(
        web, calendar, ids["calendar"], reading_since=web.clock(), reading_named=300, reading_total=650,
        checked_at=None, state="new",
    )  # fmt: skip
    page = ops(web)
    assert "Reading: 300 of about 650 events so far." in page
    assert '<progress max="650" value="300"' in page


def test_what_the_server_was_seen_to_do_is_told_in_words(web: Web) -> None:
    ids = web.make_calendar()
    seen = {"sync_collection": "yes", "ctag": "no", "etag_on_write": "no", "schedules": "yes"}
    change(web, account, ids["account"], capabilities=seen)
    page = ops(web)
    assert "It says what changed since the last reading" in page
    assert "each written event is read once" in page
    assert "It mails invitations by itself" in page


def test_whoever_answers_held_deletions_is_in_the_audit(web: Web) -> None:
    ids = web.make_calendar()
    change(web, entry, ids["entry"], held_at=web.clock())
    browser = web.signed_in("ops@example.com")
    path = f"/ops/calendars/{ids['calendar']}/deletions/confirm"
    assert post_form(browser, path, page="/ops").status_code == 303
    with web.runtime.database.read() as connection:
        row = connection.execute(select(audit).where(audit.c.action == "confirm_deletions")).one()
    assert row.actor.startswith("user:")


def test_why_google_does_not_tell_of_changes_is_said(web: Web) -> None:
    ids = web.make_calendar()
    assert "by the clock" not in ops(web)
    change(web, account, ids["account"], kind="google")
    change(web, calendar, ids["calendar"], push_text="Google posts to https addresses only.")
    assert "Changes are looked for by the clock. Google posts to https addresses only." in ops(web)


def test_an_account_whose_access_ended_leads_those_who_may_to_where_it_is_connected_again(web: Web) -> None:
    ids = web.make_calendar()
    change(web, account, ids["account"], state="needs_reauth", text="Google no longer accepts it.")
    there = f'href="/provider/calendars/ada/{ids["account"]}#access"'
    assert there in look(web.signed_in("owner@example.com"), "/ops").text
    seen = ops(web)
    assert there not in seen
    assert "The provider, an owner or a manager connects it again." in seen


def test_a_server_that_does_not_answer_is_told_once_with_who_waits(web: Web) -> None:
    ids = web.make_calendar()
    now = web.clock()
    change(web, account, ids["account"], host="calendar.example.org")
    with web.runtime.database.write() as connection:
        silent = {"name": "calendar.example.org", "failures": 5, "since": now - timedelta(minutes=8)}
        connection.execute(insert(host).values(**silent, closed_until=now + timedelta(minutes=2)))
    page = ops(web)
    again = (now + timedelta(minutes=2)).strftime("%-I:%M %p").lower()
    assert "calendar.example.org does not answer." in page
    assert f"It is tried again at {again} UTC; 1 account waits." in page
    assert "for 8 minutes" in page


def test_a_silent_server_of_other_practices_is_not_told(web: Web) -> None:
    web.make_calendar()
    with web.runtime.database.write() as connection:
        silent = {"name": "calendar.example.org", "failures": 5, "since": web.clock()}
        connection.execute(insert(host).values(**silent, closed_until=web.clock() + timedelta(minutes=2)))
    assert "does not answer." not in ops(web).replace("The queue does not answer", "")
