"""Each story is written once and told at both backends and on both screens: one telling in every run, all by
`make matrix`."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.browser import VIEWPORTS

BACKENDS = ("radicale", "google")


def story(backend: str, screen: str) -> pytest.MarkDecorator:
    """For a test with the fixture ``cast``: where the short run tells it."""
    tellings = [
        pytest.param(each, id="-".join(each), marks=() if each == (backend, screen) else pytest.mark.long)
        for each in product(BACKENDS, VIEWPORTS)
    ]
    return pytest.mark.parametrize("cast", tellings, indirect=True)
