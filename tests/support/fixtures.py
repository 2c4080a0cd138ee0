"""The real parts as fixtures: servers once per test process, their content new for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from service.database import Database
from service.schema import upgrade
from tests.support.browser import chromium, watched_page
from tests.support.caldav_server import Account, CalDavServer, Calendar
from tests.support.cyrus import CyrusServer
from tests.support.cyrus import missing as why_no_cyrus
from tests.support.postgres import PostgresServer
from tests.support.radicale import RadicaleServer
from tests.support.smtp import SmtpServer
from tests.support.valkey import ValkeyServer
from tests.support.xandikos import XandikosServer


@pytest.fixture(scope="session")
def radicale_process() -> Iterator[RadicaleServer]:
    with RadicaleServer() as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_process() -> Iterator[XandikosServer]:
    with XandikosServer() as server:
        yield server


@pytest.fixture
def radicale(radicale_process: RadicaleServer) -> Iterator[RadicaleServer]:
    """A running Radicale; a test may stop it, the next one finds it running again."""
    radicale_process.start()
    yield radicale_process
    radicale_process.start()


@pytest.fixture
def xandikos(xandikos_process: XandikosServer) -> Iterator[XandikosServer]:
    """A running Xandikos; a test may stop it, the next one finds it running again."""
    xandikos_process.start()
    yield xandikos_process
    xandikos_process.start()


@pytest.fixture(scope="session")
def cyrus_process() -> Iterator[CyrusServer]:
    reason = why_no_cyrus()
    if reason is not None:
        pytest.skip(reason)
    with CyrusServer() as server:
        yield server


@pytest.fixture
def cyrus(cyrus_process: CyrusServer) -> Iterator[CyrusServer]:
    """A running Cyrus; a test may stop it. Skipped where there is none."""
    cyrus_process.start()
    yield cyrus_process
    cyrus_process.start()


@pytest.fixture(params=["radicale", "xandikos"])
def caldav_server(request: pytest.FixtureRequest) -> CalDavServer:
    """The test runs against each server in turn."""
    server: CalDavServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def fresh_account(caldav_server: CalDavServer) -> Account:
    """A user of ``caldav_server`` who has no calendar yet."""
    return caldav_server.fresh_account()


@pytest.fixture
def fresh_calendar(caldav_server: CalDavServer, fresh_account: Account) -> Calendar:
    """An empty calendar "Work" in New York's zone, the only one of its user."""
    return caldav_server.make_calendar(fresh_account)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server itself, for ``template`` and further databases."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'freehold.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs on each database, empty, in turn."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the whole schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "freehold.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def upgraded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The test runs on each database in turn, its schema up to date and its tables empty."""
    if request.param == "sqlite":
        path = tmp_path / "freehold.db"
        shutil.copy(request.getfixturevalue("upgraded_file"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.template("freehold_schema", _upgrade)
    url = server.lend("freehold_schema")
    yield url
    server.take_back("freehold_schema", url)


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def valkey_process() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def valkey(valkey_process: ValkeyServer) -> Iterator[ValkeyServer]:
    """A running queue server without keys; a test may stop it."""
    valkey_process.start()
    valkey_process.clear()
    yield valkey_process
    valkey_process.start()


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    return valkey.url


@pytest.fixture(scope="session")
def smtp_process() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def smtp(smtp_process: SmtpServer) -> Iterator[SmtpServer]:
    """A mail server with an empty box; a test may stop it or have it refuse."""
    smtp_process.start()
    smtp_process.clear()
    yield smtp_process
    smtp_process.start()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page on a desk's screen, or where ``both_viewports`` says; its unseen faults fail the test."""
    with watched_page(browser, getattr(request, "param", "desk")) as page:
        yield page
