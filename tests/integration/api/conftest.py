"""The web application on each database, filled once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web_app import Web, fill, web_app


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    fill(f"sqlite:///{folder / 'filled.db'}", folder)
    return folder / "filled.db"


@pytest.fixture
def filled_sqlite_url(filled_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(filled_sqlite, tmp_path / "filled.db")
    return f"sqlite:///{tmp_path / 'filled.db'}"


@pytest.fixture
def filled_postgres_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    server = request.getfixturevalue("postgres")
    server.template("two_practices", lambda url: fill(url, tmp_path_factory.mktemp("filling")))
    url = server.lend("two_practices")
    yield url
    server.take_back("two_practices", url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def filled_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(
        {"sqlite": "filled_sqlite_url", "postgresql": "filled_postgres_url"}[request.param]
    )
    return url


@pytest.fixture
def web(filled_url: str, tmp_path: Path) -> Iterator[Web]:
    """Without limits, so that tests may ask as often as they need."""
    with web_app(filled_url, tmp_path / "data", FREEHOLD_RATE_LIMITS="off") as web:
        yield web


@pytest.fixture
def small_web(filled_sqlite_url: str, tmp_path: Path) -> Iterator[Web]:
    """On SQLite alone, where the database does not matter."""
    with web_app(filled_sqlite_url, tmp_path / "data", FREEHOLD_RATE_LIMITS="off") as web:
        yield web
