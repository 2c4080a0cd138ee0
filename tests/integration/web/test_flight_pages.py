"""The flight recorder's pages: who may read what, and how they are reached."""

import pytest
from sqlalchemy import select, update

from booking.event_forms import EventForm
from booking.roles import Actor, Role
from sync.codecs.stored import load_series
from sync.conflicts import Merge
from sync.resolving import Situation
from sync.store.entries import latest_of_booking
from sync.store.recorder import remember
from sync.store.tables import calendar, history
from tests.support.visits import look
from tests.support.web_app import SECRET_TITLE, Web

RAW = b"BEGIN:VEVENT\r\nSUMMARY:" + SECRET_TITLE.encode()


@pytest.fixture
def ids(web: Web) -> dict[str, str]:
    return web.make_calendar()


def path(ids: dict[str, str], uid: str = "uid-1@example.com") -> str:
    return f"/ops/calendars/{ids['calendar']}/events/{uid}"


def page(web: Web, email: str, where: str) -> str:
    return " ".join(look(web.signed_in(email), where).text.split())


def own_event(web: Web, ids: dict[str, str]) -> str:
    """An event of Ada's own with two lines: a conflict that was merged, and its removal here; returns its UID."""
    ada = Actor(Role.PROVIDER, web.practice_id(), "user:ada", web.provider_id())
    with web.runtime.database.write() as connection:
        connection.execute(update(calendar).where(calendar.c.id == ids["calendar"]).values(role="write"))
    form = EventForm(title=SECRET_TITLE, start=web.clock(), end=web.clock().replace(hour=17))
    made = web.runtime.desk.make_event(ada, "ada", form, now=web.clock()).event
    with web.runtime.database.write() as connection:
        found = latest_of_booking(connection, web.runtime.sealer, made.id)
        assert found is not None
        secret = connection.execute(select(history.c.after_enc)).scalars().first()
        assert secret is not None
        other = load_series(web.runtime.sealer.decrypt(secret))
        remember(
            connection, found, direction="in", decision="merged", reason="changed on both sides: start",
            before=found.ours, after=other, version='"2"', now=web.clock(), raw=RAW,
            situation=Situation(None, found.ours, other),
        )  # fmt: skip
    web.runtime.desk.remove_event(ada, "ada", made.id, now=web.clock())
    return made.uid


def test_the_dashboard_leads_to_what_happened_in_a_calendar(web: Web, ids: dict[str, str]) -> None:
    assert f'href="/ops/calendars/{ids["calendar"]}/events"' in page(web, "ops@example.com", "/ops")
    told = page(web, "ops@example.com", f"/ops/calendars/{ids['calendar']}/events")
    assert "uid-1@example.com" in told
    assert "because the remote changed" in told
    assert SECRET_TITLE not in told


def test_an_event_is_told_line_by_line(web: Web, ids: dict[str, str]) -> None:
    told = page(web, "ada@example.com", path(ids))
    assert SECRET_TITLE in told
    assert "by the provider" in told
    assert "<dt>start</dt><dd><ins>Monday 9 March 2026, 9:00 am</ins>" in told
    assert "Replayed just now: today’s program decides the same." in told


def test_ops_see_that_a_text_changed_but_not_the_text(web: Web, ids: dict[str, str]) -> None:
    told = page(web, "ops@example.com", path(ids))
    assert SECRET_TITLE not in told
    assert "<dt>title</dt><dd><ins>…</ins>" in told


def test_the_servers_own_text_is_for_those_who_may_see_titles(web: Web, ids: dict[str, str]) -> None:
    uid = own_event(web, ids)
    assert "BEGIN:VEVENT" in page(web, "ada@example.com", path(ids, uid))
    hidden = page(web, "ops@example.com", path(ids, uid))
    assert "BEGIN:VEVENT" not in hidden
    assert SECRET_TITLE not in hidden
    assert "<strong>merged</strong> (merge both)" in hidden


def test_a_decision_that_would_fall_otherwise_is_marked(
    web: Web, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = own_event(web, ids)
    monkeypatch.setattr("sync.resolving.merge", lambda was, ours, theirs: Merge(None))
    told = page(web, "ops@example.com", path(ids, uid))
    assert "1 decision would fall otherwise today." in told


def test_anothers_event_looks_as_if_there_were_none(web: Web, ids: dict[str, str]) -> None:
    assert look(web.signed_in("owner@example.com", "oak-lane"), path(ids)).status_code == 404
    assert look(web.signed_in("ada@example.com"), path(ids, "none-such")).status_code == 404


def test_her_own_event_leads_to_what_became_of_it(web: Web, ids: dict[str, str]) -> None:
    own_event(web, ids)
    ada = web.signed_in("ada@example.com")
    form = EventForm(title="Walk", start=web.clock(), end=web.clock().replace(hour=17))
    actor = Actor(Role.PROVIDER, web.practice_id(), "user:ada", web.provider_id())
    made = web.runtime.desk.make_event(actor, "ada", form, now=web.clock()).event
    assert path(ids, made.uid) in look(ada, f"/provider/events/{made.id}").text
