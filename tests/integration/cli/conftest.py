from pathlib import Path

import pytest

from tests.support.command import Freehold
from tests.support.practice_text import GOOD


@pytest.fixture
def freehold(tmp_path: Path) -> Freehold:
    """The command on an empty data folder."""
    return Freehold(tmp_path)


@pytest.fixture(scope="module")
def practised(tmp_path_factory: pytest.TempPathFactory) -> Freehold:
    """The command on data with one practice, elm-street; for tests that change nothing others look at."""
    found = Freehold(tmp_path_factory.mktemp("practised"))
    found("apply", "-", stdin=GOOD)
    return found
