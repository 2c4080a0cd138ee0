"""Words that people type about themselves."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.clients import (
    clean_email,
    clean_line,
    clean_text,
    email_key,
    initials,
    is_email,
    is_phone,
    person_errors,
    text_errors,
)


@pytest.mark.parametrize(
    "name,expected",
    [
        ("Grace Hopper", "GH"),
        ("Grace Brewster Murray Hopper", "GH"),
        ("cher", "C"),
        ("élan vital", "ÉV"),
        ("", ""),
    ],
)
def test_initials_are_the_first_letters_of_the_first_and_the_last_word(name: str, expected: str) -> None:
    assert initials(name) == expected


@pytest.mark.parametrize(
    "address", ["grace@example.com", "g.hopper+tag@mail.example.co.uk", "o'neil@example.ie", "a@b.de"]
)
def test_addresses(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "grace",
        "grace@",
        "@example.com",
        "grace@example",
        "grace@localhost",
        "grace@example..com",
        "grace @example.com",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "Grace <grace@example.com>",
        '"x y"@example.com',
        "grace@example.com\nBcc: all@example.com",
        "grace@-example.com",
        "grace@example.com.",
        "a" * 65 + "@example.com",
        "a@" + "b" * 260 + ".com",
    ],
)
def test_no_addresses(address: str) -> None:
    assert not is_email(address)


def test_a_domain_in_another_script_gets_the_form_that_mail_servers_take() -> None:
    assert clean_email("info@müller.de") == "info@xn--mller-kva.de"


def test_the_key_of_an_address_ignores_case() -> None:
    assert email_key("Grace@Example.com") == email_key("grace@example.COM")


@pytest.mark.parametrize("number", ["+1 555 0100", "030/1234567", "(555) 010-0000", "555.010.0100"])
def test_phone_numbers(number: str) -> None:
    assert is_phone(number)


@pytest.mark.parametrize("number", ["call me", "123", "+", "0" * 60, "555 0100; DROP"])
def test_no_phone_numbers(number: str) -> None:
    assert not is_phone(number)


@pytest.mark.parametrize(
    "typed,clean",
    [
        ("Grace\r\nBEGIN:VALARM", "Grace BEGIN:VALARM"),
        ("Grace\x00\x0b\x85Hopper", "Grace Hopper"),
        ("Grace\u2028Hopper", "Grace Hopper"),
        ("\u202egrace\u202c \u2066h\u2069", "grace h"),
        ("  Grace   Hopper ", "Grace Hopper"),
        ("e\u0301lan", "élan"),
    ],
)
def test_a_line_is_one_line_of_plain_letters(typed: str, clean: str) -> None:
    assert clean_line(typed) == clean


def test_a_note_keeps_its_lines_and_loses_what_turns_them_around() -> None:
    assert clean_text("one\r\ntwo \u202ethree\u2069\x00\n\n") == "one\ntwo three"


@given(st.text())
def test_a_clean_line_has_no_control_and_no_direction_character(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line
    assert not any(unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs") for sign in line)
    assert not set(line) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_everything_wrong_about_a_person_is_said_at_once() -> None:
    errors = list(person_errors(name="", email="x", phone="y"))
    assert [error.field for error in errors] == ["client.name", "client.email", "client.phone"]


def test_a_name_has_at_most_80_characters_and_a_note_1000() -> None:
    assert not list(person_errors(name="x" * 80, email="a@example.com", phone=""))
    assert list(person_errors(name="x" * 81, email="a@example.com", phone=""))
    assert not list(text_errors("note", "x" * 1000))
    assert list(text_errors("note", "x" * 1001))
