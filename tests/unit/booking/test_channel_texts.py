"""Short messages: what has happened and when, to numbers that a gateway can reach."""

import pytest

from booking.channel_texts import international, short_text

VALUES = {
    "provider": "Ada Byron",
    "when": "Wednesday, 10:00",
    "practice": "Elm Street",
    "phone": "+1 555 0100",
}


def test_a_short_text_says_with_whom_when_and_from_where() -> None:
    assert short_text(VALUES) == "Ada Byron, Wednesday, 10:00\nElm Street, +1 555 0100"


def test_a_client_is_named_only_where_a_name_is_given() -> None:
    assert short_text(VALUES, client="Grace Hopper").startswith("Grace Hopper\n")


@pytest.mark.parametrize(
    "typed,expected",
    [
        ("+1 (555) 010-0200", "+15550100200"),
        ("0049 30 1234567", "+49301234567"),
        ("+1 555 0100200 x12", "+15550100200"),
        ("555 0100 200", None),
        ("+1 555", None),
        ("", None),
    ],
)
def test_a_number_needs_its_country(typed: str, expected: str | None) -> None:
    assert international(typed) == expected
