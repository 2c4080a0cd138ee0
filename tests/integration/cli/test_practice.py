"""Applying and exporting a practice, looking at it, and letting people in, by command."""

import re
import sqlite3
from contextlib import closing

from tests.support.command import Freehold
from tests.support.practice_text import GOOD

OTHER = GOOD.replace('slug = "elm-street"', 'slug = "oak-street"').replace('id = "c-1"', 'id = "c-7"')


def test_apply_tells_each_change_and_the_second_time_none(freehold: Freehold) -> None:
    (freehold.folder / "practice.toml").write_text(GOOD)
    first = freehold("apply", "practice.toml").out.splitlines()
    assert first[0].startswith("+ practice: ")
    assert first[-1] == f"{len(first) - 1} changes"
    assert freehold("apply", "practice.toml").out == "0 changes\n"


def test_a_dry_run_tells_the_same_and_changes_nothing(freehold: Freehold) -> None:
    dry = freehold("apply", "--dry-run", "-", stdin=GOOD)
    assert freehold("export", check=False).code == 1
    told = [line for line in dry.out.splitlines() if not line.startswith("= slots")]
    assert freehold("apply", "-", stdin=GOOD).out.splitlines() == told
    open_now = GOOD.replace('services = ["90834"]', 'services = ["90834"]\nself_scheduling = true')
    switch, impact, last = freehold("apply", "--dry-run", "-", stdin=open_now).out.splitlines()
    assert (switch, last) == ("~ providers[ada].self_scheduling: false -> true", "1 changes")
    assert impact.startswith("= slots of ada: opens ")
    assert (
        "closes 0 in the next 28 days; 1 client affected, and new ones; nobody booked is affected" in impact
    )


def test_a_wrong_file_is_exit_2_with_every_line_and_field_and_changes_nothing(freehold: Freehold) -> None:
    wrong = GOOD.replace("minutes = 45", "minutes = 0").replace('kind = "caldav"', 'kind = "carrier pigeon"')
    done = freehold("apply", "-", stdin=wrong, check=False)
    assert (done.code, done.out) == (2, "")
    assert [line.split(": ")[:2] for line in done.complaints] == [
        [f"stdin:{line}", path]
        for line, path in (
            (_line(wrong, "minutes = 0"), "services[0].minutes"),
            (_line(wrong, "pigeon"), "providers[0].accounts[0].kind"),
        )
    ]
    assert freehold("export", check=False).code == 1


def _line(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_an_export_applied_changes_nothing_and_exported_again_has_the_same_bytes(practised: Freehold) -> None:
    text = practised("export").out
    assert practised("apply", "-", stdin=text).out == "0 changes\n"
    assert practised("export").out == text
    assert "open sesame" not in text


def test_with_two_practices_what_is_ambiguous_is_wrong_usage_and_may_be_named(freehold: Freehold) -> None:
    freehold("apply", "-", stdin=GOOD)
    freehold("apply", "-", stdin=OTHER)
    for words in (
        ("slots", "ada", "--service", "90834"),
        ("sync", "--provider", "ada"),
        ("export",),
        ("token", "create", "--role", "ops", "--name", "x"),
        ("login-link", "owner@example.com"),
    ):
        done = freehold(*words, check=False)
        assert (done.code, done.out) == (2, ""), words
    assert freehold("slots", "oak-street/ada", "--service", "90834", "--json").document["slots"] == []
    assert freehold("slots", "ada", "--practice", "oak-street", "--service", "90834", "--json").code == 0
    assert freehold("login-link", "owner@example.com", "--practice", "oak-street").code == 0
    assert freehold("client-link", "c-7").code == 0


def test_a_token_is_printed_alone_and_not_stored(practised: Freehold) -> None:
    token = practised("token", "create", "--role", "ops", "--name", "watch").out
    assert re.fullmatch(r"\S{20,}\n", token)
    database = (practised.data_dir / "freehold.db").read_bytes()
    assert token.strip().encode() not in database


def test_a_providers_token_names_its_provider(practised: Freehold) -> None:
    words = ("token", "create", "--role", "provider", "--name", "ada", "--provider")
    assert practised(*words, "elm-street/ada").code == 0
    assert practised(*words, "nobody", check=False).code == 1


def test_a_login_link_is_printed_alone(practised: Freehold) -> None:
    link = practised("login-link", "OWNER@example.com").out
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/login/\S+\n", link)


def test_a_client_link_has_its_token_its_address_and_its_end(practised: Freehold) -> None:
    document = practised("client-link", "c-1", "--json").document
    assert set(document) == {"token", "url", "expires_at"}
    assert document["token"] in document["url"]


def test_accounts_tell_how_every_account_stands(practised: Freehold) -> None:
    [item] = practised("accounts", "--json").document["items"]
    assert (item["provider"], item["name"], item["state"], item["calendars"]) == (
        "ada",
        "ada-home",
        "new",
        [],
    )
    assert "ada/ada-home" in practised("accounts").out


def test_a_calendar_that_was_never_read_offers_nothing_and_explain_says_so(practised: Freehold) -> None:
    slots = practised("slots", "ada", "--service", "90834", "--json").document
    assert (slots["freshness"], slots["slots"]) == ("closed", [])
    asked = ("explain", "ada", "--service", "90834", "--at", "2026-03-02T10:00-05:00", "--json")
    reasons = practised(*asked).document["reasons"]
    assert [reason["passed"] for reason in reasons if reason["rule"] == "freshness"] == [False]


def test_a_burst_without_anything_due_is_done(freehold: Freehold) -> None:
    freehold("db", "upgrade")
    assert freehold("worker", "--burst").out == "0 done, 0 failed\n"


def test_the_database_of_a_single_machine_is_a_file_in_its_data_folder(practised: Freehold) -> None:
    with closing(sqlite3.connect(practised.data_dir / "freehold.db")) as connection:
        assert connection.execute("SELECT slug FROM practice").fetchall() == [("elm-street",)]
