"""A desk on each database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from booking.practice import Practice
from tests.support.desk_world import DeskWorld, desk_world, elm_street

OpenDesk = Callable[..., DeskWorld]


@pytest.fixture
def open_desk(upgraded_url: str) -> Iterator[OpenDesk]:
    """Opens a desk for a practice, ``elm_street`` by default."""
    with ExitStack() as stack:

        def opened(practice: Practice | None = None, **options: Any) -> DeskWorld:
            return stack.enter_context(desk_world(upgraded_url, practice or elm_street(), **options))

        yield opened


@pytest.fixture
def world(open_desk: OpenDesk) -> DeskWorld:
    return open_desk()
