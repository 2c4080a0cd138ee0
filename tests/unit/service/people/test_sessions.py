"""What a session's cookie says, and that nobody else can say it."""

from datetime import UTC, datetime

import pytest

from service.people.sessions import Presence
from service.secrecy import TokenMaker

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TOKENS = TokenMaker("one key")


def test_it_is_read_back_as_it_was_written() -> None:
    presence = Presence("secret", NOW)
    assert Presence.read(TOKENS, presence.text(TOKENS)) == presence


def test_under_another_key_it_is_none() -> None:
    assert Presence.read(TokenMaker("another key"), Presence("secret", NOW).text(TOKENS)) is None


@pytest.mark.parametrize(
    "text", [None, "", ".", "..", "a.b.c", "a.-1.c", "a.1.é", "a.²².c", "a.99999999999999.c"]
)
def test_what_we_did_not_write_is_none(text: str | None) -> None:
    assert Presence.read(TOKENS, text) is None


def test_the_time_of_the_last_use_cannot_be_changed() -> None:
    secret, seen, proof = Presence("secret", NOW).text(TOKENS).split(".")
    assert Presence.read(TOKENS, f"{secret}.{int(seen) + 1}.{proof}") is None
