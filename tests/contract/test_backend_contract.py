"""What every calendar backend does, whichever remote is behind it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sync.backends.errors import (
    AuthorizationLost,
    CalendarMissing,
    PreconditionFailed,
    SyncTokenInvalid,
    Unavailable,
)
from sync.backends.protocol import Cursor, Identity, Known, Page, RemoteObject
from sync.model.event import Event, Response, Series, Status, Transparency
from sync.model.identity import event_name, event_uid
from sync.model.moments import Length, WallTime
from tests.support import ics
from tests.support.google_server import GoogleServer
from tests.support.quirks.exceptions import reason_against
from tests.support.quirks.profiles import PROFILES, QUICK
from tests.support.quirks.server import QuirkServer
from tests.support.remotes import ZONE, CalDavRemote, GoogleRemote, MemoryRemote, QuirkRemote, Remote

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
START = datetime(2026, 3, 3, 10)
HOUR = timedelta(hours=1)


HOSTED = [pytest.param(name, marks=() if name in QUICK else pytest.mark.quirks) for name in PROFILES]


CYRUS = pytest.param("cyrus", marks=pytest.mark.cyrus)


@pytest.fixture(params=["memory", "radicale", "xandikos", "google-api", CYRUS, *HOSTED])
def remote(request: pytest.FixtureRequest) -> Iterator[Remote]:
    if request.param == "memory":
        yield MemoryRemote()
    elif request.param == "google-api":
        yield from at_google()
    elif request.param in PROFILES:
        yield from hosted(request, request.param)
    else:
        remote = CalDavRemote(request.getfixturevalue(request.param))
        yield remote
        remote.backend.close()


def at_google() -> Iterator[Remote]:
    with GoogleServer() as server:
        remote = GoogleRemote(server)
        yield remote
        remote.backend.close()


def hosted(request: pytest.FixtureRequest, profile: str) -> Iterator[Remote]:
    """A hosted server in small, without its rate limit; what it makes impossible must indeed fail."""
    reason = reason_against(profile, request.node.originalname)
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    with QuirkServer(profile, request.getfixturevalue("radicale"), patient=True) as server:
        remote = QuirkRemote(server)
        yield remote
        remote.backend.close()


def identity(number: int = 1) -> Identity:
    name = event_name("booking", "calendar", number)
    return Identity(event_uid(name), name)


def series(uid: str, *, summary: str = "Intake", status: Status = Status.TENTATIVE) -> Series:
    start = WallTime(START, ZONE)
    return Series(uid, Event(start, Length(exact=HOUR), summary=summary, status=status))


def pages(remote: Remote, cursor: Cursor | None = None, **known: str | None) -> list[Page]:
    return list(remote.backend.changes(remote.calendar, cursor, Known(lambda: known)))


def everything(remote: Remote) -> tuple[dict[str, RemoteObject], Cursor]:
    remote.backend.discover()  # As a pass does; the cursor may be as old as what a server said of itself there.
    read = pages(remote)
    cursor = read[-1].cursor
    assert cursor is not None
    return {seen.href: seen for page in read for seen in page.changed}, cursor


def since(remote: Remote, cursor: Cursor, *before: RemoteObject) -> Page:
    """One page of all that an incremental reading said to who knows what was read ``before``."""
    read = pages(remote, cursor, **{seen.href: seen.etag for seen in before})
    return Page(
        changed=tuple(seen for page in read for seen in page.changed),
        gone=tuple(href for page in read for href in page.gone),
        unread=tuple(href for page in read for href in page.unread),
        cursor=read[-1].cursor,
        full=any(page.full for page in read),
    )


def edited_by_her(remote: Remote, seen: RemoteObject) -> None:
    """The owner makes the event longer and calls it otherwise, in a program of her own."""
    name = seen.href.rpartition("/")[2].rpartition(".")[0] or seen.href
    assert seen.uid is not None
    remote.put(name, ics.timed(seen.uid, START, HOUR * 2, summary="Hers"))


def test_discovery_gives_the_calendar_with_name_zone_and_right_to_write(remote: Remote) -> None:
    found = remote.backend.discover()
    (calendar,) = found.calendars
    assert (calendar.name, calendar.zone, calendar.writable) == ("Work", ZONE, True)


def test_discovery_gives_the_own_addresses_that_were_known_before(remote: Remote) -> None:
    assert "ada@example.com" in remote.backend.discover().own_addresses


def test_a_first_reading_enumerates_the_whole_calendar(remote: Remote) -> None:
    hrefs = {remote.put(f"event-{number}", ics.timed(f"uid-{number}", START, HOUR)) for number in range(3)}
    read = pages(remote)
    assert all(page.full for page in read)
    assert {seen.href for page in read for seen in page.changed} == hrefs


def test_a_first_reading_of_an_empty_calendar_is_full_and_has_a_cursor(remote: Remote) -> None:
    (page,) = pages(remote)
    assert page.full
    assert page.cursor is not None
    assert (page.changed, page.gone, page.present, page.unread) == ((), (), (), ())


def test_only_the_last_page_has_the_cursor(remote: Remote) -> None:
    for number in range(102):
        remote.put(f"event-{number}", ics.timed(f"uid-{number}", START, HOUR))
    read = pages(remote)
    assert len(read) > 1
    assert [page.cursor is not None for page in read] == [False] * (len(read) - 1) + [True]


@pytest.mark.long
def test_no_page_holds_more_than_five_hundred_objects(remote: Remote) -> None:
    for number in range(501):
        remote.put(f"event-{number}", ics.timed(f"uid-{number}", START, HOUR))
    assert max(len(page.changed) for page in pages(remote)) <= 500


def test_a_full_reading_leaves_out_bodies_whose_etag_is_known(remote: Remote) -> None:
    first = remote.put("first", ics.timed("uid-1", START, HOUR))
    second = remote.put("second", ics.timed("uid-2", START, HOUR))
    known = {href: seen.etag for href, seen in everything(remote)[0].items()}
    remote.put("second", ics.timed("uid-2", START, HOUR * 2))
    read = list(remote.backend.changes(remote.calendar, None, Known(lambda: known)))
    assert [href for page in read for href in page.present] == [first]
    assert [seen.href for page in read for seen in page.changed] == [second]


def test_an_object_is_read_with_uid_series_and_etag(remote: Remote) -> None:
    href = remote.put(
        "event", ics.timed("uid-1", START, HOUR, tzid=ZONE, summary="Lunch", transp="TRANSPARENT")
    )
    seen = everything(remote)[0][href]
    assert seen.series is not None
    assert seen.series.master is not None
    assert seen.uid == seen.series.uid == "uid-1"
    assert seen.etag
    assert seen.problem is None
    assert seen.series.master.summary == "Lunch"
    assert seen.series.master.start == WallTime(START, ZONE)
    assert seen.series.master.transparency is Transparency.TRANSPARENT


def test_the_owners_answer_is_read_by_her_address(remote: Remote) -> None:
    text = ics.timed(
        "uid-1", START, HOUR, organizer="bo@example.com", attendees={"Ada@example.com": "DECLINED"}
    )
    href = remote.put("event", text)
    seen = everything(remote)[0][href]
    assert seen.series is not None
    assert seen.series.master is not None
    assert seen.series.master.own_response is Response.DECLINED


def test_an_all_day_event_stays_a_date(remote: Remote) -> None:
    href = remote.put("event", ics.all_day("uid-1", date(2026, 3, 3)))
    seen = everything(remote)[0][href]
    assert seen.series is not None
    assert seen.series.master is not None
    assert seen.series.master.start == date(2026, 3, 3)
    assert seen.series.master.length == Length(days=1)


def test_master_and_overrides_come_as_one_object(remote: Remote) -> None:
    moved = {START + timedelta(days=7): START + timedelta(days=8)}
    href = remote.put("series", ics.weekly("uid-1", START, HOUR, count=3, moved=moved))
    seen = everything(remote)[0][href]
    assert seen.series is not None
    assert seen.series.recurrence.rules == ("FREQ=WEEKLY;COUNT=3",)
    assert [override.event.start for override in seen.series.overrides] == [
        WallTime(START + timedelta(days=8), ZONE)
    ]


def test_nothing_changed_is_one_empty_page_with_a_cursor(remote: Remote) -> None:
    remote.put("event", ics.timed("uid-1", START, HOUR))
    cursor = everything(remote)[1]
    (page,) = pages(remote, cursor)
    assert page.cursor is not None
    assert (page.changed, page.gone, page.unread, page.full) == ((), (), (), False)


def test_nothing_changed_costs_one_request(remote: Remote) -> None:
    remote.put("event", ics.timed("uid-1", START, HOUR))
    cursor = everything(remote)[1]
    remote.requests()
    pages(remote, cursor)
    assert len(remote.requests()) == 1


def test_ten_changes_cost_at_most_two_requests(remote: Remote) -> None:
    cursor = everything(remote)[1]
    for number in range(10):
        remote.put(f"event-{number}", ics.timed(f"uid-{number}", START, HOUR))
    remote.requests()
    assert len(since(remote, cursor).changed) == 10
    assert len(remote.requests()) <= 2


def test_a_change_is_named_with_its_new_text(remote: Remote) -> None:
    remote.put("other", ics.timed("uid-2", START, HOUR))
    href = remote.put("event", ics.timed("uid-1", START, HOUR, summary="Before"))
    before, cursor = everything(remote)
    remote.put("event", ics.timed("uid-1", START, HOUR, summary="After"))
    (seen,) = since(remote, cursor, *before.values()).changed
    assert seen.href == href
    assert seen.series is not None
    assert seen.series.master is not None
    assert seen.series.master.summary == "After"


def test_a_deletion_is_a_tombstone(remote: Remote) -> None:
    href = remote.put("event", ics.timed("uid-1", START, HOUR))
    cursor = everything(remote)[1]
    remote.remove(href)
    page = since(remote, cursor)
    assert (page.changed, page.gone) == ((), (href,))


def test_what_was_named_once_is_not_named_again(remote: Remote) -> None:
    cursor = everything(remote)[1]
    remote.put("event", ics.timed("uid-1", START, HOUR))
    once = since(remote, cursor)
    assert once.cursor is not None
    assert since(remote, once.cursor, *once.changed).changed == ()


def test_a_change_after_the_first_page_of_a_full_reading_is_named_by_the_next(remote: Remote) -> None:
    remote.put("event", ics.timed("uid-1", START, HOUR))
    reading = remote.backend.changes(remote.calendar, None, Known())
    first = next(reading)
    late = remote.put("late", ics.timed("uid-2", START, HOUR))
    read = [first, *reading]
    cursor = read[-1].cursor
    assert cursor is not None
    named = {seen.href for page in [*read, since(remote, cursor)] for seen in page.changed}
    assert late in named


def test_a_token_the_server_does_not_know_is_invalid(remote: Remote) -> None:
    cursor = everything(remote)[1]
    with pytest.raises(SyncTokenInvalid):
        pages(remote, replace(cursor, value="http://example.com/ns/sync/no-such-token"))


def test_a_cursor_made_under_other_parameters_is_invalid(remote: Remote) -> None:
    cursor = everything(remote)[1]
    with pytest.raises(SyncTokenInvalid):
        pages(remote, replace(cursor, params="another-version"))


def test_a_task_is_no_event(remote: Remote) -> None:
    remote.take_tasks()
    remote.put(
        "task", ics.calendar("BEGIN:VTODO\nUID:uid-1\nDTSTAMP:20260101T000000Z\nSUMMARY:Tidy up\nEND:VTODO")
    )
    assert everything(remote)[0] == {}


def test_an_unreadable_object_has_a_problem_and_stops_no_other(remote: Remote) -> None:
    good = remote.put("good", ics.timed("uid-1", START, HOUR))
    broken = remote.put("broken", ics.timed("uid-2", START, HOUR, extra=[f"COMMENT:{'x' * 300_000}"]))
    seen = everything(remote)[0]
    assert seen[good].problem is None
    assert seen[broken].problem
    assert seen[broken].uid == "uid-2"


def test_an_object_is_read_by_its_href(remote: Remote) -> None:
    href = remote.put("event", ics.timed("uid-1", START, HOUR))
    listed = everything(remote)[0][href]
    seen = remote.backend.read(remote.calendar, href)
    assert seen is not None
    assert (seen.href, seen.etag, seen.series) == (listed.href, listed.etag, listed.series)


def test_what_is_not_there_reads_as_none(remote: Remote) -> None:
    href = remote.put("event", ics.timed("uid-1", START, HOUR))
    remote.remove(href)
    assert remote.backend.read(remote.calendar, href) is None


def test_an_object_is_found_by_its_uid_under_any_name(remote: Remote) -> None:
    remote.put("other", ics.timed("uid-10", START, HOUR))
    href = remote.put("renamed", ics.timed("uid-1", START, HOUR))
    seen = remote.backend.find(remote.calendar, "uid-1")
    assert seen is not None
    assert (seen.href, seen.uid) == (href, "uid-1")


def test_a_part_of_a_uid_finds_nothing(remote: Remote) -> None:
    remote.put("event", ics.timed("uid-10", START, HOUR))
    assert remote.backend.find(remote.calendar, "uid-1") is None


def test_a_created_series_lies_where_its_identity_says(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    assert written.object.href == remote.backend.href_of(remote.calendar, new)
    assert f"UID:{new.uid}" in remote.text(written.object.href)


def test_a_created_series_reads_back_as_it_was_meant(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    seen = remote.backend.read(remote.calendar, written.object.href)
    assert seen is not None
    assert seen.etag == written.object.etag
    assert seen.series == written.object.series == series(new.uid)


def test_a_created_series_is_named_by_the_next_reading(remote: Remote) -> None:
    cursor = everything(remote)[1]
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    (seen,) = since(remote, cursor).changed
    assert (seen.href, seen.etag, seen.uid) == (written.object.href, written.object.etag, new.uid)


def test_a_created_event_invites_nobody(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    text = remote.text(written.object.href)
    assert "ATTENDEE" not in text
    assert "ORGANIZER" not in text
    assert "METHOD" not in text


def test_a_second_create_finds_the_first(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    with pytest.raises(PreconditionFailed):
        remote.backend.create(remote.calendar, new, series(new.uid, summary="Other"), now=NOW)
    assert "SUMMARY:Intake" in remote.text(written.object.href)


def test_a_create_finds_its_uid_under_another_name(remote: Remote) -> None:
    new = identity()
    remote.put("renamed", ics.timed(new.uid, START, HOUR))
    with pytest.raises(PreconditionFailed):
        remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)


def test_an_update_changes_what_it_means_to(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    changed = series(new.uid, status=Status.CONFIRMED)
    updated = remote.backend.update(remote.calendar, written.object, changed, now=NOW)
    assert updated.object.etag != written.object.etag
    assert updated.object.series == changed
    assert "STATUS:CONFIRMED" in remote.text(written.object.href)


def test_an_update_keeps_what_we_do_not_understand(remote: Remote) -> None:
    new = identity()
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M", "END:VALARM"]
    extra = ["X-COLOUR-OF-HERS:teal", *alarm]
    text = ics.timed(new.uid, START, HOUR, tzid=ZONE, summary="Intake", status="TENTATIVE", extra=extra)
    href = remote.put("event", text)
    seen = everything(remote)[0][href]
    remote.backend.update(remote.calendar, seen, series(new.uid, summary="Moved"), now=NOW)
    after = remote.text(href)
    assert "SUMMARY:Moved" in after
    assert "X-COLOUR-OF-HERS:teal" in after
    assert "TRIGGER:-PT15M" in after


def test_an_update_of_what_has_changed_meanwhile_writes_nothing(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    edited_by_her(remote, written.object)
    with pytest.raises(PreconditionFailed):
        remote.backend.update(remote.calendar, written.object, series(new.uid, summary="Ours"), now=NOW)
    assert "SUMMARY:Hers" in remote.text(written.object.href)


def test_an_update_of_what_is_gone_writes_nothing(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    remote.remove(written.object.href)
    with pytest.raises(PreconditionFailed):
        remote.backend.update(remote.calendar, written.object, series(new.uid, summary="Ours"), now=NOW)
    assert remote.backend.read(remote.calendar, written.object.href) is None


def test_an_update_without_an_etag_holds_while_the_meaning_is_the_same(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    seen = replace(written.object, etag=None)
    remote.backend.update(remote.calendar, seen, series(new.uid, summary="Ours"), now=NOW)
    assert "SUMMARY:Ours" in remote.text(written.object.href)


def test_an_update_without_an_etag_writes_nothing_over_a_change(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    edited_by_her(remote, written.object)
    seen = replace(written.object, etag=None)
    with pytest.raises(PreconditionFailed):
        remote.backend.update(remote.calendar, seen, series(new.uid, summary="Ours"), now=NOW)
    assert "SUMMARY:Hers" in remote.text(written.object.href)


def test_a_delete_removes_the_object(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    remote.backend.delete(remote.calendar, written.object)
    assert remote.backend.read(remote.calendar, written.object.href) is None
    assert remote.backend.find(remote.calendar, new.uid) is None


def test_a_delete_of_what_has_changed_meanwhile_removes_nothing(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    edited_by_her(remote, written.object)
    with pytest.raises(PreconditionFailed):
        remote.backend.delete(remote.calendar, written.object)
    assert "SUMMARY:Hers" in remote.text(written.object.href)


def test_a_delete_of_what_is_gone_is_done(remote: Remote) -> None:
    new = identity()
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    assert remote.backend.delete(remote.calendar, written.object)
    assert not remote.backend.delete(remote.calendar, written.object)


def test_after_a_delete_the_series_may_be_created_again(remote: Remote) -> None:
    new, following = identity(), identity(2)
    written = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    remote.backend.delete(remote.calendar, written.object)
    if remote.burns_names:
        with pytest.raises(PreconditionFailed):
            remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
        new = following
    again = remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    assert remote.backend.read(remote.calendar, again.object.href) is not None


def test_a_calendar_that_is_gone_is_missing_and_not_empty(remote: Remote) -> None:
    cursor = everything(remote)[1]
    remote.remove_calendar()
    with pytest.raises(CalendarMissing):
        pages(remote, cursor)
    with pytest.raises(CalendarMissing):
        pages(remote)


def test_a_create_in_a_calendar_that_is_gone_does_not_make_one(remote: Remote) -> None:
    remote.remove_calendar()
    new = identity()
    with pytest.raises(CalendarMissing):
        remote.backend.create(remote.calendar, new, series(new.uid), now=NOW)
    with pytest.raises(CalendarMissing):
        pages(remote)


# Xandikos takes any password.
@pytest.mark.parametrize("remote", ["memory", "radicale", "google-api"], indirect=True)
def test_a_wrong_password_is_authorization_lost(remote: Remote) -> None:
    backend = remote.opened("wrong")
    with pytest.raises(AuthorizationLost):
        backend.discover()
    with pytest.raises(AuthorizationLost):
        list(backend.changes(remote.calendar, None, Known()))


def test_a_stopped_server_is_unavailable_for_every_call(remote: Remote) -> None:
    href = remote.put("event", ics.timed("uid-1", START, HOUR))
    seen = everything(remote)[0][href]
    new = identity()
    remote.stop()
    backend, calendar = remote.backend, remote.calendar
    for call in (
        backend.discover,
        lambda: list(backend.changes(calendar, None, Known())),
        lambda: backend.read(calendar, href),
        lambda: backend.find(calendar, "uid-1"),
        lambda: backend.create(calendar, new, series(new.uid), now=NOW),
        lambda: backend.update(calendar, seen, series("uid-1"), now=NOW),
        lambda: backend.delete(calendar, seen),
    ):
        with pytest.raises(Unavailable):
            call()
