"""Bodies as servers send them, and as they should not."""

import pytest

from sync.backends.caldav.multistatus import Member, NotMultistatus, preconditions, read_multistatus
from sync.backends.caldav.names import GETETAG, VALID_SYNC_TOKEN
from tests.support.dav_stub import dav_error, member, multistatus, response


def hrefs(body: str | bytes) -> list[str]:
    raw = body.encode() if isinstance(body, str) else body
    return read_multistatus(raw, lambda found: found.href).members


def test_members_come_in_order_with_their_properties() -> None:
    body = multistatus(member("/a.ics", '"1"'), member("/b.ics", '"2"'), token="t").body
    read = read_multistatus(str(body).encode(), lambda found: (found.href, found.text(GETETAG)))
    assert read.members == [("/a.ics", '"1"'), ("/b.ics", '"2"')]
    assert read.sync_token == "t"


def test_a_response_of_its_own_status_has_no_properties() -> None:
    body = str(multistatus(response("/a.ics", status=404)).body).encode()
    (found,) = read_multistatus(body, lambda found: (found.status, dict(found.found))).members
    assert found == (404, {})


def test_a_property_that_was_not_found_is_not_there() -> None:
    body = (
        b'<multistatus xmlns="DAV:"><response><href>/a</href>'
        b"<propstat><prop><getetag/></prop><status>HTTP/1.1 404 Not Found</status></propstat>"
        b"</response></multistatus>"
    )
    assert read_multistatus(body, lambda found: GETETAG in found.found).members == [False]


def test_the_token_of_a_property_is_not_that_of_the_report() -> None:
    body = multistatus(response("/a.ics", "<D:sync-token>inner</D:sync-token>")).body
    assert read_multistatus(str(body).encode(), lambda found: found).sync_token is None


def test_a_body_that_is_cut_off_gives_nothing() -> None:
    body = str(multistatus(member("/a.ics"), member("/b.ics")).body)
    seen: list[Member] = []
    with pytest.raises(NotMultistatus):
        read_multistatus(body[: body.index("/b.ics")].encode(), seen.append)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html><body>Sign in</body></html>",
        b'<multistatus xmlns="urn:other"/>',
        b'<prop xmlns="DAV:"/>',
        b'<multistatus xmlns="DAV:"><response><status>HTTP/1.1 200 OK</status></response></multistatus>',
        b'<multistatus xmlns="DAV:"><response><href>/a</href><status>fine</status></response></multistatus>',
        b'<multistatus xmlns="DAV:"><response><href>/a\x0b</href></response></multistatus>',
    ],
)
def test_anything_else_is_no_multistatus(body: bytes) -> None:
    with pytest.raises(NotMultistatus):
        hrefs(body)


def test_a_document_type_is_refused() -> None:
    body = (
        '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        '<m:multistatus xmlns:m="DAV:"><m:response><m:href>&b;</m:href></m:response></m:multistatus>'
    )
    with pytest.raises(NotMultistatus):
        hrefs(body)


def test_entities_of_files_are_not_read() -> None:
    body = (
        '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        '<m:multistatus xmlns:m="DAV:"><m:response><m:href>/&x;</m:href></m:response></m:multistatus>'
    )
    with pytest.raises(NotMultistatus):
        hrefs(body)


def test_an_error_names_its_preconditions() -> None:
    assert preconditions(str(dav_error(403, "D:valid-sync-token").body).encode()) == {VALID_SYNC_TOKEN}


@pytest.mark.parametrize("body", [b"", b"no", b"<html/>", b"<valid-sync-token xmlns='DAV:'/>"])
def test_what_is_no_error_body_names_none(body: bytes) -> None:
    assert preconditions(body) == frozenset()
