from collections.abc import Iterator

import pytest

from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import CalDavBackend
from sync.backends.protocol import RemoteCalendar
from tests.support.dav_stub import DavStub


@pytest.fixture
def stub() -> Iterator[DavStub]:
    with DavStub() as stub:
        yield stub


@pytest.fixture
def backend(stub: DavStub) -> Iterator[CalDavBackend]:
    access = AccountAccess("caldav", stub.url, "ada", "secret", timeout_seconds=5, allow_private=True)
    backend = CalDavBackend(access)
    yield backend
    backend.close()


@pytest.fixture
def calendar(stub: DavStub) -> RemoteCalendar:
    return RemoteCalendar("/cal/", f"{stub.url}cal/", "Work")
