"""Secrets are fetched from where the file says, and an account that is known may go without."""

import json
from pathlib import Path

import pytest

from booking.practice import Account, Secret
from service.practice_file.problems import PracticeFileWrong
from tests.support.practice_text import GOOD, read, recalling

FROM_ENV = '  password_env = "ADA_CALDAV_PASSWORD"\n'
CALDAV = '  kind = "caldav"\n  url = "https://dav.example.com/ada/"\n  username = "ada"\n' + FROM_ENV
ADA = ("ada", "ada-home")
STORED = recalling(
    accounts={ADA: Account("ada-home", "caldav", secret=Secret(password_env="ADA_CALDAV_PASSWORD"))}
)
USER = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}


def google(folder: Path, content: str) -> str:
    (folder / "ada.json").write_text(content, encoding="utf-8")
    return GOOD.replace(CALDAV, '  kind = "google"\n  authorized_user_file = "ada.json"\n')


def problem(text: str, folder: Path) -> str:
    with pytest.raises(PracticeFileWrong) as wrong:
        read(text, base_dir=folder)
    (line,) = wrong.value.lines
    return line


def test_a_password_is_read_from_the_environment() -> None:
    assert read().secrets[ADA].text == "open sesame"


def test_a_password_file_is_found_beside_the_practice_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    text = GOOD.replace(FROM_ENV, '  password_file = "secret"\n')
    assert read(text, base_dir=tmp_path).secrets[ADA].text == "from a file"


def test_a_literal_password_is_taken_with_a_warning_that_does_not_show_it() -> None:
    file = read(GOOD.replace(FROM_ENV, '  password = "hush"\n'))
    (warning,) = file.warnings
    assert file.secrets[ADA].text == "hush"
    assert "password_env" in warning
    assert "hush" not in warning


def test_an_authorized_user_is_kept_as_it_is(tmp_path: Path) -> None:
    content = json.dumps(USER)
    value = read(google(tmp_path, content), base_dir=tmp_path).secrets[ADA]
    assert (value.kind, value.text) == ("authorized_user", content)


@pytest.mark.parametrize(
    "content,text",
    [
        ("no json", "is not JSON"),
        ("[]", "not of google-auth's authorized_user form"),
        (json.dumps({**USER, "type": "service_account"}), "not of google-auth's authorized_user form"),
        (json.dumps({**USER, "refresh_token": ""}), "has no refresh_token"),
        (json.dumps({"installed": USER}), "has no refresh_token"),
    ],
)
def test_what_is_no_authorized_user_is_refused(tmp_path: Path, content: str, text: str) -> None:
    line = problem(google(tmp_path, content), tmp_path)
    assert "providers[0].accounts[0].authorized_user_file" in line
    assert text in line


def test_a_file_too_large_for_a_secret_is_refused(tmp_path: Path) -> None:
    assert "larger than 64 KiB" in problem(google(tmp_path, "x" * 70_000), tmp_path)


def test_a_google_account_may_wait_for_the_web_flow() -> None:
    file = read(GOOD.replace(CALDAV, '  kind = "google"\n'))
    assert file.secrets == {}


def test_a_known_account_may_leave_its_secret_out() -> None:
    file = read(GOOD.replace(FROM_ENV, ""), recall=STORED)
    assert file.secrets == {}


def test_a_known_account_keeps_its_secret_where_the_variable_is_gone() -> None:
    file = read(environ={}, recall=STORED)
    assert file.secrets == {}
    (warning,) = file.warnings
    assert warning.startswith("practice.toml:41: providers[0].accounts[0].password_env: ")
    assert warning.endswith("ADA_CALDAV_PASSWORD is not set in the environment: the stored secret is kept")


def test_a_known_account_does_not_excuse_another_variable() -> None:
    with pytest.raises(PracticeFileWrong, match="OTHER is not set"):
        read(GOOD.replace("ADA_CALDAV_PASSWORD", "OTHER"), recall=STORED)


def test_a_secret_of_another_kind_is_no_password() -> None:
    stored = recalling(accounts={ADA: Account("ada-home", "google")})
    with pytest.raises(PracticeFileWrong, match="no password is given and none is stored"):
        read(GOOD.replace(FROM_ENV, ""), recall=stored)


def test_a_hold_may_name_a_client_who_is_stored() -> None:
    text = GOOD.replace('for = ["tag:regulars"]', 'for = ["client:c-99"]')
    assert read(text, recall=recalling(clients=frozenset({"c-99"}))).practice.providers[0].holds[
        0
    ].kept_for == ("client:c-99",)


def test_a_tag_no_client_has_is_a_warning() -> None:
    (warning,) = read(GOOD.replace("tag:regulars", "tag:regular")).warnings
    assert 'no client has the tag "regular"' in warning


def test_a_users_provider_is_found_by_the_address() -> None:
    assert read().practice.users[1].provider == "ada"


def test_a_provider_without_a_zone_has_the_practices() -> None:
    text = GOOD.replace(
        'email = "ada@example.com"\ntimezone = "America/New_York"\n', 'email = "ada@example.com"\n'
    )
    assert read(text).practice.providers[0].timezone == "America/New_York"
