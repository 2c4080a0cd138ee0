"""The web application with two practices, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web_app import Web, fill, web_app


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    fill(f"sqlite:///{folder / 'filled.db'}", folder)
    return folder / "filled.db"


@pytest.fixture
def web(filled: Path, tmp_path: Path) -> Iterator[Web]:
    shutil.copy(filled, tmp_path / "filled.db")
    with web_app(f"sqlite:///{tmp_path / 'filled.db'}", tmp_path, FREEHOLD_RATE_LIMITS="off") as web:
        yield web
