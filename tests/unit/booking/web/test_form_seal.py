"""A form's seal can be read back while it is young, and cannot be made up."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.web.form_seal import LIFE, make_seal, read_seal

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "a secret"


def test_a_seal_tells_when_the_form_was_shown() -> None:
    seal = read_seal(SECRET, make_seal(SECRET, now=NOW), now=NOW + timedelta(minutes=5))
    assert seal is not None
    assert seal.shown_at == NOW


def test_every_form_has_its_own_key() -> None:
    keys = {seal.key for _ in range(5) if (seal := read_seal(SECRET, make_seal(SECRET, now=NOW), now=NOW))}
    assert len(keys) == 5


def test_a_seal_of_another_secret_is_none() -> None:
    assert read_seal(SECRET, make_seal("another", now=NOW), now=NOW) is None


def test_a_seal_whose_time_was_changed_is_none() -> None:
    key, shown, proof = make_seal(SECRET, now=NOW).split(".")
    assert read_seal(SECRET, f"{key}.{int(shown) + 1}.{proof}", now=NOW) is None


def test_a_seal_does_not_live_for_ever() -> None:
    assert read_seal(SECRET, make_seal(SECRET, now=NOW), now=NOW + LIFE + timedelta(seconds=1)) is None


def test_a_seal_from_the_future_is_none() -> None:
    assert read_seal(SECRET, make_seal(SECRET, now=NOW + timedelta(hours=1)), now=NOW) is None


@pytest.mark.parametrize("text", ["", "..", "a.b.c", "a.²3.c", "a.99999999999999999.c"])
def test_what_was_never_a_seal_is_none(text: str) -> None:
    assert read_seal(SECRET, text, now=NOW) is None
