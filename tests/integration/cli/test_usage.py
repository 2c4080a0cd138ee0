"""What holds for every command: help, wrong usage, exit codes, and what goes to stdout."""

import json
import re

import pytest

from tests.support.command import Freehold

COMMANDS = (
    "up", "demo", "web", "worker", "scheduler", "apply", "export", "sync", "slots", "explain", "accounts", "token",
    "login-link", "client-link", "deletions", "doctor", "db",
)  # fmt: skip


def test_help_names_every_command_without_reading_settings(freehold: Freehold) -> None:
    told = freehold.process("--help")
    assert [name for name in COMMANDS if not re.search(rf"^\W*{name}\b", told.out, re.MULTILINE)] == []
    assert told.err == ""
    assert not freehold.data_dir.exists()


def test_the_version_is_told(freehold: Freehold) -> None:
    assert re.fullmatch(r"freehold \d+\.\d+\S*\n", freehold("--version").out)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("slots",),
        ("slots", "ada"),
        ("slots", "ada", "--service", "90834", "--start", "tomorrow"),
        ("explain", "ada", "--service", "90834", "--at", "2026-03-02T10:00"),
        ("sync", "--all", "--provider", "ada"),
        ("token", "create", "--role", "king", "--name", "x"),
        ("token", "create", "--role", "provider", "--name", "x"),
        ("client-link", "c-1", "--kind", "golden"),
        ("deletions", "some-calendar", "maybe"),
        ("apply", "missing.toml"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2_one_line_on_stderr_and_nothing_on_stdout(
    practised: Freehold, words: tuple[str, ...]
) -> None:
    done = practised(*words, check=False)
    assert (done.code, done.out, len(done.complaints)) == (2, "", 1), done.err


@pytest.mark.parametrize(
    "words",
    [
        ("slots", "nobody", "--service", "90834", "--json"),
        ("explain", "elm-street/nobody", "--service", "90834", "--at", "2026-03-02T10:00Z", "--json"),
        ("accounts", "--json", "--practice", "nowhere"),
        ("client-link", "c-99", "--json"),
        ("sync", "--account", "ada/nothing"),
        ("deletions", "no-such-calendar", "confirm"),
        ("login-link", "stranger@example.com"),
        ("export", "--practice", "nowhere"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_exit_1_one_line_on_stderr_and_nothing_on_stdout(
    practised: Freehold, words: tuple[str, ...]
) -> None:
    done = practised(*words, check=False)
    assert (done.code, done.out, len(done.complaints)) == (1, "", 1), done.err


@pytest.mark.parametrize(
    "words",
    [
        ("slots", "ada", "--service", "90834", "--json"),
        ("explain", "ada", "--service", "90834", "--at", "2026-03-02T10:00-05:00", "--json"),
        ("accounts", "--json"),
        ("client-link", "c-1", "--json"),
        ("doctor", "--json"),
    ],
    ids=" ".join,
)
def test_json_is_one_document_on_stdout_and_nothing_else(practised: Freehold, words: tuple[str, ...]) -> None:
    done = practised.process(*words)
    assert isinstance(json.loads(done.out), dict)
    assert done.err == ""


def test_a_refusal_by_the_rules_of_the_question_is_wrong_usage(practised: Freehold) -> None:
    done = practised.process(
        "slots", "ada", "--service", "90834", "--start", "2026-01-01", "--end", "2026-12-31", check=False
    )
    assert (done.code, done.out) == (2, "")
    assert "92 days" in done.err


def test_commands_refuse_a_database_without_its_schema_and_name_the_command_that_mends_it(
    freehold: Freehold,
) -> None:
    for words in (("accounts",), ("web",), ("worker",), ("scheduler",), ("worker", "--burst")):
        done = freehold(*words, check=False)
        assert (done.code, done.out) == (1, "")
        assert "there is no data here yet" in done.err
        assert "freehold db upgrade" in done.err
    freehold("db", "upgrade")
    assert freehold("accounts", "--json").document == {"items": []}


def test_all_wrong_settings_are_told_at_once(freehold: Freehold) -> None:
    freehold.settings |= {"PORT": "high", "LOG_LEVEL": "loud"}
    done = freehold("accounts", check=False)
    assert (done.code, done.out) == (1, "")
    assert [line.split()[0] for line in done.complaints] == ["FREEHOLD_LOG_LEVEL", "FREEHOLD_PORT"]


def test_an_unknown_setting_is_warned_of_with_the_nearest_right_name(practised: Freehold) -> None:
    done = Freehold(practised.folder, {"DATABSE_URL": "x"})("accounts", "--json")
    [line] = done.complaints
    assert json.loads(line)["nearest"] == "FREEHOLD_DATABASE_URL"


def test_an_unreachable_database_is_one_line_without_its_password(freehold: Freehold) -> None:
    freehold.settings |= {
        "DATABASE_URL": "postgresql://freehold:geheim@127.0.0.1:1/freehold",
        "SECRET_KEY": "the-key-of-a-test-is-no-secret-at-all-0123456789",
        "ENCRYPTION_KEYS": "5Wh2aTIH3vZ0q0v8m8CkL5x2v9g9b0a8mJm1l2k3j4U=",
    }
    done = freehold.process("accounts", "--json", check=False)
    assert (done.code, done.out, len(done.complaints)) == (1, "", 1)
    assert "geheim" not in done.err
