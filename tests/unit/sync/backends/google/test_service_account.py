"""A service account acts for members of a Workspace organisation."""

import pytest

from sync.backends.errors import AuthorizationLost, Refused
from sync.backends.google.backend import GoogleBackend
from sync.backends.google.scopes import SCOPES
from tests.support.google_account import ADA, access
from tests.support.google_server import GoogleServer


def backend(server: GoogleServer, stated: dict[str, str], subject: str = ADA) -> GoogleBackend:
    return GoogleBackend(access(server, stated | {"subject": subject}))


def test_it_reads_the_calendars_of_its_subject(server: GoogleServer) -> None:
    server.add_person(ADA, name="Work")
    server.add_person("grace@example.com", name="Private")
    found = backend(server, server.service_account()).discover()
    assert (found.principal, [item.name for item in found.calendars]) == (ADA, ["Work"])


def test_each_person_has_a_quota_of_her_own_without_being_named(server: GoogleServer) -> None:
    people = [ADA, "a.provider.with.quite.a.long.name@elm-street-practice.example"]
    for email in people:
        server.add_person(email)
        backend(server, server.service_account(), email).discover()
    users = [call.query["quotaUser"][0] for call in server.take_calls("calendarList")]
    assert len(set(users)) == 2
    assert not any("@" in user for user in users)


def test_one_token_serves_many_passes(server: GoogleServer) -> None:
    server.add_person(ADA)
    stated = server.service_account()
    for _ in range(3):
        backend(server, stated).discover()
    assert len(server.take_calls("oauth.token")) == 1


@pytest.mark.parametrize("missing", [0, 1])
def test_a_delegation_that_lacks_a_scope_is_told_with_the_mend(server: GoogleServer, missing: int) -> None:
    server.add_person(ADA)
    stated = server.service_account(delegated=(SCOPES[1 - missing],))
    with pytest.raises(Refused, match="Domain-wide delegation"):
        backend(server, stated).discover()


def test_a_subject_that_is_no_member_is_told(server: GoogleServer) -> None:
    with pytest.raises(Refused, match=r"nobody@example\.com"):
        backend(server, server.service_account(), "nobody@example.com").discover()


def test_a_key_that_was_deleted_is_told(server: GoogleServer) -> None:
    server.add_person(ADA)
    stated = server.service_account()
    server.oauth.service_accounts.clear()
    with pytest.raises(Refused, match="the key was deleted"):
        backend(server, stated).discover()


def test_a_key_that_cannot_be_read_asks_to_connect_again(server: GoogleServer) -> None:
    with pytest.raises(AuthorizationLost):
        backend(server, server.service_account() | {"private_key": "rubbish"})
