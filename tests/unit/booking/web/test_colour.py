"""Whatever colour a practice states, its pages can be read."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.web import colour
from booking.web.colour import DEFAULT, READABLE, accent, contrast, is_colour, stylesheet

TOKENS = Path(colour.__file__).parent / "static" / "tokens.css"
GROUNDS = {"light": ("#faf8f4", "#ffffff"), "dark": ("#1c1a18", "#272421")}

hexes = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(hexes)
def test_the_accent_can_be_read_on_every_ground(stated: str) -> None:
    shades = accent(stated)
    for scheme, own in (("light", shades.light), ("dark", shades.dark)):
        for ground in (*GROUNDS[scheme], own.soft):
            assert contrast(own.accent, ground) >= READABLE, (scheme, own)


@given(hexes)
def test_a_buttons_words_can_be_read_on_the_accent(stated: str) -> None:
    shades = accent(stated)
    for own in (shades.light, shades.dark):
        assert contrast(own.on_accent, own.accent) >= READABLE


def test_a_colour_that_can_be_read_is_left_as_it_was_stated() -> None:
    assert accent("#1d4f91").light.accent == "#1d4f91"


def test_three_digits_mean_each_twice() -> None:
    assert accent("#146") == accent("#114466")


@pytest.mark.parametrize("stated", ["", "red", "#12345", "#12345g", "url(x)", "#123456;}"])
def test_what_is_no_colour_gives_the_default(stated: str) -> None:
    assert not is_colour(stated)
    assert accent(stated) == accent(DEFAULT)


def test_black_and_white_have_the_greatest_contrast() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


def test_a_known_pair_has_the_contrast_that_wcag_tools_tell() -> None:
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


def test_the_style_sheet_holds_both_schemes_and_nothing_but_colours() -> None:
    text = stylesheet(accent("#8a3ffc"))
    assert text.count("--accent:") == 2
    assert "prefers-color-scheme:dark" in text
    assert re.sub(r"[-a-z0-9#:;{}@() \n]", "", text) == ""


def test_the_grounds_are_those_of_the_tokens() -> None:
    text = TOKENS.read_text()
    for grounds in GROUNDS.values():
        assert f"--ground: {grounds[0]};" in text
        assert f"--surface: {grounds[1]};" in text


def test_the_tokens_own_accent_is_the_corrected_default() -> None:
    text = TOKENS.read_text()
    for own in (accent(DEFAULT).light, accent(DEFAULT).dark):
        for name, value in (("accent", own.accent), ("on-accent", own.on_accent), ("accent-soft", own.soft)):
            assert f"--{name}: {value};" in text
