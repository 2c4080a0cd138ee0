"""A practice's own words: placeholders and nothing else, and mistakes told at their field."""

import pytest

from booking.notice_texts import KINDS, PLACEHOLDERS, Words, cleaned, filled, mistakes, own_words
from booking.notices import Kind
from booking.plain.document import NOTICES

VALUES = {"practice": "Elm Street", "provider": "Ada", "message": ""}


def fields(subject: str = "Hello", body: str = "Words") -> list[str]:
    return [error.field for error in mistakes(Words(subject, body))]


def test_every_notice_that_has_a_switch_has_words() -> None:
    assert {kind.value for kind in KINDS} == set(NOTICES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_programs_own_words_are_without_a_mistake(kind: Kind) -> None:
    assert list(mistakes(own_words(kind))) == []


def test_placeholders_are_filled() -> None:
    assert filled(Words("{practice}", "Dear reader,\n\n{provider} at {practice}"), VALUES) == (
        "Elm Street",
        ("Dear reader,", "Ada at Elm Street"),
    )


def test_a_line_that_has_nothing_to_say_is_left_out() -> None:
    assert filled(Words("x", "One\n{provider} writes: {message}\n\n{message}\n\nTwo"), VALUES)[1] == (
        "One",
        "Two",
    )


def test_what_a_value_says_is_never_read_as_a_placeholder() -> None:
    said = {"provider": "{practice} {0.__class__}", "practice": "Elm"}
    assert filled(Words("x", "{provider}"), said)[1] == ("{practice} {0.__class__}",)


@pytest.mark.parametrize(
    "body", ["{nobody}", "{provider.name}", "{provider!r}", "{0}", "{}", "{ provider }", "a { b", "{{when}}"]
)
def test_anything_but_a_placeholder_in_braces_is_a_mistake_of_the_body(body: str) -> None:
    assert set(fields(body=body)) == {"body"}


@pytest.mark.parametrize("name", sorted(set(PLACEHOLDERS) - {"practice"}))
def test_a_subject_names_neither_person_nor_time(name: str) -> None:
    assert fields(subject=f"Hello {{{name}}}") == ["subject"]


def test_empty_and_endless_texts_are_mistakes() -> None:
    assert fields(subject="", body="") == ["subject", "body"]
    assert fields(subject="x" * 121, body="x" * 4001) == ["subject", "body"]


def test_a_subject_is_one_line_whatever_was_typed() -> None:
    assert cleaned(Words("Hello\r\nBcc: all@example.com", " a\r\nb ")) == Words(
        "Hello Bcc: all@example.com", "a\nb"
    )
