"""The language a reader gets."""

import pytest

from booking.languages import best


@pytest.mark.parametrize(
    "wanted, offered, chosen",
    [
        (["de"], ["en", "de"], "de"),
        (["de-AT"], ["en", "de"], "de"),
        (["de-AT", "en"], ["en"], "en"),
        (["pt-PT"], ["en", "pt_BR"], "pt_BR"),
        (["pt-BR", "de"], ["de", "pt_BR"], "pt_BR"),
        (["fr", "de"], ["en", "de"], "de"),
        (["fr"], ["de", "en"], "de"),
        ([], ["es", "en"], "es"),
    ],
)
def test_the_first_wish_that_can_be_met_decides_else_the_practices_first(
    wanted: list[str], offered: list[str], chosen: str
) -> None:
    assert best(wanted, offered) == chosen
