import pytest

from sync.backends import AccountAccess, open_backend
from sync.backends.caldav.backend import CalDavBackend
from sync.backends.errors import Refused


def test_a_caldav_account_opens_without_a_request() -> None:
    assert isinstance(
        open_backend(AccountAccess("caldav", "https://cal.example.com/", "ada", "x")), CalDavBackend
    )


@pytest.mark.parametrize("kind", ["google", "exchange"])
def test_a_kind_that_cannot_be_reached_is_refused(kind: str) -> None:
    with pytest.raises(Refused):
        open_backend(AccountAccess(kind, "https://cal.example.com/", "ada", "x"))
