from collections.abc import Iterator

import pytest

from tests.support.google_account import GoogleAccount
from tests.support.google_server import GoogleServer


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def account(server: GoogleServer) -> Iterator[GoogleAccount]:
    account = GoogleAccount(server)
    yield account
    account.backend.close()
