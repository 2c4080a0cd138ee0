"""An account is tried out before anything of it is stored."""

from __future__ import annotations

from booking.ladder import N_
from service.runtime import Runtime
from sync.backends.access import AccountAccess
from sync.backends.errors import AuthorizationLost, BackendError
from sync.backends.protocol import Discovery
from sync.http import AddressPolicy, UrlRefused, check_url

_PATIENCE_SECONDS = 20.0
_PASSWORD = N_(
    "The server refuses this user name and password. Many want an app password, made in the account's security "
    "settings, in place of the usual one."
)

_NO_CALENDARS = N_(
    "The server answers, but this account has no calendar for events there. Make one in your calendar program first, "
    "or give the address of another server."
)


class NotConnected(Exception):
    """``field`` is the one to look at, ``text`` what is wrong and how to mend it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field, self.text = field, text


def try_caldav(runtime: Runtime, url: str, username: str, password: str) -> Discovery:
    """What the account holds. Raises ``NotConnected``."""
    try:
        check_url(url, AddressPolicy(allow_private=runtime.settings.allow_private_hosts))
    except UrlRefused as error:
        raise NotConnected("url", error.text) from error
    try:
        found = look_into(runtime, AccountAccess("caldav", url, username, password))
    except AuthorizationLost as error:
        raise NotConnected("password", _PASSWORD) from error
    except BackendError as error:
        raise NotConnected("url", error.text) from error
    if not found.calendars:
        raise NotConnected("url", _NO_CALENDARS)
    return found


def look_into(runtime: Runtime, access: AccountAccess) -> Discovery:
    """Asks the server once for what the account holds. Raises ``BackendError``."""
    patient = AccountAccess(
        access.kind, access.url, access.username, access.secret, timeout_seconds=_PATIENCE_SECONDS
    )
    backend = runtime.open_backend(patient)
    try:
        return backend.discover()
    finally:
        backend.close()
