"""Hours, dates, rules, services and switches changed on pages: previewed, saved, and always a practice file again."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from booking.store.tables import audit
from service.practice_file.commands import Place, apply_command, export_command
from tests.support.visits import look
from tests.support.web_app import BASE_URL, Web, post_form

HOME = "/provider/availability"
BLOCK = {"days": ["0", "2"], "start": "18:00", "end": "20:00", "online": "1", "modes": ["telehealth"]}
RULES = {
    "minimum_notice": "2d", "horizon": "30d", "max_per_day": "3", "client_statuses": ["active"],
    "new_clients": "load", "open_below": "70", "close_above": "85", "door_window": "14d",
}  # fmt: skip


def post(browser: FlaskClient, kind: str, sure: bool = True, **fields: object) -> TestResponse:
    return post_form(browser, f"{HOME}/{kind}", page=HOME, **fields, **({"sure": "1"} if sure else {}))  # type: ignore[arg-type]


def handles(browser: FlaskClient, kind: str) -> list[str]:
    """Those of the blocks or overrides that the page lists."""
    text = look(browser, HOME).text
    return [part.partition('"')[0].partition("&")[0] for part in text.split(f"/{kind}?of=")[1:]]


def exported(web: Web) -> str:
    code, lines, _ = export_command("elm-street", database=web.runtime.database)
    assert code == 0
    return "\n".join(lines) + "\n"


def test_a_preview_counts_and_changes_nothing(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    before = exported(web)
    page = post(ada, "block", sure=False, **BLOCK)
    assert (page.status_code, "What this would do" in page.text) == (200, True)
    assert "times open" in page.text
    assert 'name="days" value="2"' in page.text
    assert exported(web) == before


@pytest.mark.parametrize(
    "kind, fields, written",
    [
        ("block", BLOCK, 'days = ["mo", "we"]'),
        ("block", {**BLOCK, "end": "00:00"}, 'end = "24:00"'),
        ("override", {"from": "2026-03-20", "closed": "1"}, "closed = true"),
        ("override", {"from": "2026-03-20", "until": "2026-03-22", "start0": "10:00", "end0": "12:00"}, 'windows = ['),
        ("rules", RULES, "open_below = 0.7"),
        ("rules", {"notice_days": "1", "notice_until": "21:00"}, 'until = "21:00"'),
        ("opt_in", {"on": "0"}, "self_scheduling = false"),
        ("services", {"codes": ["90834"]}, 'services = ["90834"]'),
    ],
)  # fmt: skip
def test_what_is_saved_is_a_practice_file_that_changes_nothing(
    web: Web, kind: str, fields: dict[str, object], written: str
) -> None:
    ada = web.signed_in("ada@example.com")
    before = exported(web)
    assert post(ada, kind, **fields).status_code == 303
    text = exported(web)
    assert written in text or kind == "opt_in"
    assert text != before
    code, lines, told = apply_command(
        "-", stdin=text.encode, place=Place({}, web.runtime.settings.data_dir, True),
        database=web.runtime.database, cipher=web.runtime.sealer, now=web.clock(),
    )  # fmt: skip
    assert (code, lines) == (0, ["0 changes"]), told
    with web.runtime.database.read() as connection:
        assert f"edit_{kind}" in connection.execute(select(audit.c.action)).scalars()


def test_what_is_changed_or_removed_is_the_one_that_was_shown(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    (known,) = handles(ada, "block")
    assert post(ada, "block", of=known, **BLOCK).status_code == 303
    late = post(ada, "block", of=known, **BLOCK)
    assert late.status_code == 409
    assert "changed meanwhile" in late.text
    (known,) = handles(ada, "block")
    assert post(ada, "block", of=known, remove="1").status_code == 303
    assert handles(ada, "block") == []


@pytest.mark.parametrize(
    "kind, fields, field",
    [
        ("block", {**BLOCK, "days": []}, "days"),
        ("block", {**BLOCK, "start": "9"}, "start"),
        ("block", {**BLOCK, "end": "17:00"}, "end"),
        ("block", {**BLOCK, "every_weeks": "99"}, "every_weeks"),
        ("override", {"from": "soon"}, "from"),
        ("override", {"from": "2026-03-20", "closed": "0"}, "start0"),
        ("rules", {"minimum_notice": "a week"}, "minimum_notice"),
        ("rules", {**RULES, "open_below": "90"}, "open_below"),
        ("rules", {**RULES, "door_window": ""}, "open_below"),
        ("rules", {"client_statuses": ["old"]}, "client_statuses"),
        ("rules", {"max_per_day": "-1"}, "max_per_day"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(
    web: Web, kind: str, fields: dict[str, object], field: str
) -> None:
    page = post(web.signed_in("ada@example.com"), kind, **fields)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert f'href="#{field}"' in page.text


HOLD = {"name": "late", "days": ["1"], "start": "15:00", "end": "17:00", "tag": "regulars"}
WEEKLY = {"release": "weekly", "release_day": "fr", "release_time": "18:00", "weeks_ahead": "1"}
STAGES = {"release": "stages", "before0": "7d", "to0": '["status:active"]', "before1": "24h"}


def hold_named(browser: FlaskClient, name: str) -> str:
    """Where the hold has its page."""
    page = look(browser, "/provider/holds").text
    return next(part.partition('"')[0] for part in page.split('<a href="') if f'">{name}</a>' in part)


def change_of(browser: FlaskClient, name: str) -> str:
    """By which handle the page of the hold would have it changed."""
    return look(browser, hold_named(browser, name)).text.split("availability/hold?of=")[1][:16]


def test_a_hold_is_previewed_and_then_stands_among_prime_time(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    assert "Hold a time" in look(ada, f"{HOME}/hold").text
    preview = post(ada, "hold", sure=False, **HOLD, **WEEKLY).text
    assert "times close" in preview
    assert "and new ones" in preview
    assert post(ada, "hold", **HOLD, **WEEKLY).status_code == 303
    assert "late" in look(ada, "/provider/holds").text
    assert 'name = "late"' in exported(web)


def test_a_hold_is_changed_and_keeps_its_page(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    post(ada, "hold", **HOLD, **WEEKLY)
    where, known = hold_named(ada, "late"), change_of(ada, "late")
    changed = {**HOLD, **STAGES, "start": "16:00", "kept_for": ["status:active"], "marker": "1", "of": known}
    assert "What this would do" in post(ada, "hold", sure=False, **changed).text
    assert post(ada, "hold", **changed).status_code == 303
    text = exported(web)
    assert '{ to = ["status:active"], before = "7d" }, { before = "24h" }' in text
    assert 'for = ["status:active", "tag:regulars"]' in text
    assert hold_named(ada, "late") == where
    assert post(ada, "hold", **changed).status_code == 409


def test_the_form_of_a_hold_shows_all_of_it(web: Web) -> None:
    owner = web.signed_in("owner@example.com")
    post(owner, "hold", **HOLD, **STAGES, marker="1", client="c-1")
    form = look(owner, f"{HOME}/hold", of=change_of(owner, "late")).text
    assert 'value="7d"' in form
    assert "selected>active clients" in form
    assert 'value="client:c-1" checked' in form
    assert 'name="marker" value="1" checked' in form
    before = exported(web)
    same = {**HOLD, **STAGES, "tag": "", "kept_for": ["tag:regulars", "client:c-1"], "marker": "1"}
    assert post(owner, "hold", **same, of=change_of(owner, "late")).status_code == 303
    assert exported(web) == before


def test_a_hold_made_on_a_page_is_taken_away_there_and_one_of_the_file_is_not(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    post(ada, "hold", **HOLD, **WEEKLY)
    assert "times open" in post(ada, "hold", sure=False, of=change_of(ada, "late"), remove="1").text
    assert post(ada, "hold", of=change_of(ada, "late"), remove="1").status_code == 303
    assert 'name = "late"' not in exported(web)
    kept = post(ada, "hold", of=change_of(ada, "evening"), remove="1")
    assert (kept.status_code, "stands in the practice file" in kept.text) == (409, True)


def test_a_hold_that_cannot_be_is_told_at_its_field(web: Web) -> None:
    page = post(web.signed_in("ada@example.com"), "hold", **{**HOLD, "name": "evening"})
    assert (page.status_code, 'id="name-error"' in page.text) == (422, True)


def undo(browser: FlaskClient, saved: TestResponse) -> TestResponse:
    """Presses the button of the bar on the page that a save leads to."""
    page = look(browser, saved.location)
    assert 'name="change" value="' in page.text, "nothing can be taken back"
    change = page.text.split('name="change" value="')[1].partition('"')[0]
    return post_form(browser, f"{HOME}/undo", page=HOME, change=change)


@pytest.mark.parametrize(
    "kind, fields",
    [
        ("override", {"from": "2026-03-20", "closed": "1"}),
        ("opt_in", {"on": "0"}),
        ("hold", {**HOLD, **WEEKLY}),
        ("rules", {**RULES, "level": "practice"}),
        ("service", {"code": "90834", "level": "practice"}),
    ],
)
def test_what_was_saved_is_taken_back_and_that_too(web: Web, kind: str, fields: dict[str, object]) -> None:
    owner = web.signed_in("owner@example.com")
    before = exported(web)
    saved = post(owner, kind, **fields)
    after = exported(web)
    assert after != before
    undone = undo(owner, saved)
    assert exported(web) == before
    assert "Taken back" in look(owner, undone.location).text
    undo(owner, undone)
    assert exported(web) == after


def test_a_hold_taken_away_comes_back_with_what_was_released_of_it(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    post(ada, "hold", **HOLD, **WEEKLY)
    where = hold_named(ada, "late")
    post_form(ada, f"{where}/release", page=where, date="2026-03-17")
    before = look(ada, where).text.partition("<section")[2]
    saved = post(ada, "hold", of=change_of(ada, "late"), remove="1")
    assert look(ada, where).status_code == 404
    assert undo(ada, saved).status_code == 303
    after = look(ada, where).text.partition("<section")[2]
    assert "Open to everyone" in after
    assert after.count("Open to everyone") == before.count("Open to everyone")


def test_nothing_is_taken_back_once_it_was_changed_again(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    first = post(ada, "block", **BLOCK)
    page = look(ada, first.location).text
    change = page.split('name="change" value="')[1].partition('"')[0]
    post(ada, "block", **{**BLOCK, "start": "19:00"})
    assert 'name="change"' not in look(ada, first.location).text
    before = exported(web)
    late = post_form(ada, f"{HOME}/undo", page=HOME, change=change)
    assert (late.status_code, "changed again meanwhile" in late.text) == (409, True)
    assert exported(web) == before


def test_a_provider_takes_back_what_is_hers_alone(web: Web) -> None:
    owner, ada = web.signed_in("owner@example.com"), web.signed_in("ada@example.com")
    saved = post(owner, "block", **BLOCK, provider="grace")
    change = look(owner, saved.location).text.split('name="change" value="')[1].partition('"')[0]
    before = exported(web)
    assert post_form(ada, f"{HOME}/undo", page=HOME, change=change).status_code == 409
    assert exported(web) == before


def test_two_dates_of_the_same_length_do_not_meet(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    dates = {"from": "2026-03-20", "until": "2026-03-22", "closed": "1"}
    assert post(ada, "override", **dates).status_code == 303
    assert post(ada, "override", **{**dates, "from": "2026-03-21", "until": "2026-03-23"}).status_code == 422


@pytest.mark.parametrize(
    "kind, fields",
    [
        ("block", {**BLOCK, "provider": "grace"}),
        ("switch", {"on": "0"}),
        ("rules", {**RULES, "level": "practice"}),
        ("service", {"code": "90834", "level": "practice"}),
        ("block", {**BLOCK, "services": ["none"]}),
    ],
)
def test_a_provider_changes_her_own_alone(web: Web, kind: str, fields: dict[str, object]) -> None:
    before = exported(web)
    assert post(web.signed_in("ada@example.com"), kind, **fields).status_code in (403, 404, 409)
    assert exported(web) == before


def test_the_owner_changes_the_whole_practice(web: Web) -> None:
    owner = web.signed_in("owner@example.com")
    assert "Self-scheduling in this practice" in look(owner, HOME, level="practice").text
    preview = post(owner, "switch", sure=False, on="0", level="practice").text
    assert preview.count("times close") == 2
    assert post(owner, "switch", on="0", level="practice").status_code == 303
    assert "self_scheduling = false" in exported(web).partition("[[")[0]
    one = {"code": "90834", "level": "practice"}
    assert "For Individual session alone." in look(owner, f"{HOME}/rules", **one).text
    assert post(owner, "rules", minimum_notice="3d", **one).status_code == 303
    assert "[services.rules]" in exported(web)
    assert look(owner, f"{HOME}/rules", code="none", level="practice").status_code == 404
    assert post(owner, "service", code="90834", active="1", level="practice").status_code == 303
    assert "online = false" in exported(web)


def test_ops_and_visitors_do_not_come_in(web: Web) -> None:
    assert look(web.signed_in("ops@example.com"), HOME).status_code == 403
    assert web.browser().get(HOME, base_url=BASE_URL).status_code in (302, 303, 401)
