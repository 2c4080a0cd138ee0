import json

import pytest

from sync.backends import AccountAccess, open_backend
from sync.backends.caldav.backend import CalDavBackend
from sync.backends.errors import AuthorizationLost, Refused
from sync.backends.google.backend import GoogleBackend

STATED = {"refresh_token": "1//x", "client_id": "id", "client_secret": "secret"}


def google(**rest: str) -> AccountAccess:
    return AccountAccess("google", "", "", json.dumps({**STATED, **rest}))


def test_a_caldav_account_opens_without_a_request() -> None:
    access = AccountAccess("caldav", "https://cal.example.com/", "ada", "x")
    assert isinstance(open_backend(access), CalDavBackend)


def test_a_google_account_opens_without_a_request() -> None:
    assert isinstance(open_backend(google()), GoogleBackend)


def test_a_kind_there_is_not_is_refused() -> None:
    with pytest.raises(Refused):
        open_backend(AccountAccess("exchange", "https://cal.example.com/", "ada", "x"))


@pytest.mark.parametrize("secret", ["", "no json", "[]", '{"refresh_token": "1//x"}', '{"refresh_token": 1}'])
def test_google_credentials_that_cannot_be_read_ask_for_new_ones(secret: str) -> None:
    with pytest.raises(AuthorizationLost):
        open_backend(AccountAccess("google", "", "", secret))


def test_google_is_asked_in_the_open_on_this_machine_only() -> None:
    with pytest.raises(Refused):
        open_backend(
            AccountAccess("google", "", "", json.dumps(STATED), api_endpoint="http://cal.example.com")
        )


def test_a_token_goes_in_the_open_on_this_machine_only() -> None:
    with pytest.raises(Refused):
        open_backend(google(token_uri="http://sign-in.example.com/token"))


def test_a_document_cannot_send_tokens_to_a_private_address() -> None:
    with pytest.raises(Refused):
        open_backend(google(token_uri="https://10.0.0.1/token"))
