"""The translations that are shipped: whole, certain, with the placeholders of their source, and compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[4] / "booking" / "web" / "translations"
LANGUAGES = sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))

each_language = pytest.mark.parametrize("language", LANGUAGES)


def catalogue(language: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def template() -> Catalog:
    return read_po(BytesIO((FOLDER / "messages.pot").read_bytes()))


def texts(of: Catalog) -> Iterator[Message]:
    return (message for message in of if message.id)


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[a-z]|\{\w+\}", text))


def test_german_is_shipped() -> None:
    assert "de" in LANGUAGES


@each_language
def test_a_catalogue_translates_every_text_and_nothing_else(language: str) -> None:
    """If not: make translations, then fill in what is empty."""
    translated = {message.id for message in texts(catalogue(language)) if all(forms(message.string))}
    assert translated == {message.id for message in texts(template())}


@each_language
def test_a_catalogue_has_as_many_forms_of_a_number_as_its_language(language: str) -> None:
    read = catalogue(language)
    plural = [message for message in texts(read) if message.pluralizable]
    assert [each.id for each in plural if len(each.string) != read.num_plurals] == []


@each_language
def test_no_translation_is_a_guess(language: str) -> None:
    read = catalogue(language)
    assert [message.id for message in texts(read) if message.fuzzy] == []


@each_language
def test_a_translation_has_the_placeholders_of_its_source(language: str) -> None:
    for message in texts(catalogue(language)):
        allowed = [placeholders(text) for text in forms(message.id)]
        for translation in forms(message.string):
            assert placeholders(translation) in allowed, message.id


@each_language
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    """If not: make translations."""
    compiled = read_mo(BytesIO((FOLDER / language / "LC_MESSAGES" / "messages.mo").read_bytes()))
    written = {forms(message.id): forms(message.string) for message in texts(catalogue(language))}
    assert {forms(message.id): forms(message.string) for message in texts(compiled)} == written
