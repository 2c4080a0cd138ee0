"""Writing to Google: one request, what differs and nothing else, and nobody is written to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.backends.errors import PreconditionFailed, Rejected, Unavailable
from sync.backends.protocol import Identity, RemoteObject
from sync.model.event import Event, Override, Recurrence, Series, Status
from sync.model.fingerprint import fingerprint
from sync.model.identity import event_name, event_uid
from sync.model.moments import Length, WallTime
from tests.support.google_account import ADA, ZONE, GoogleAccount, timed, weekly
from tests.support.google_server import GoogleServer

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
NAME = event_name("booking", "calendar", 1)
IDENTITY = Identity(event_uid(NAME), NAME)
HOUR = Length(exact=timedelta(hours=1))
WEEK = timedelta(weeks=1)


def start(weeks: int = 0, hour: int = 10) -> WallTime:
    return WallTime(datetime(2026, 3, 3, hour) + weeks * WEEK, ZONE)


EVENT = Event(start(), HOUR, summary="Request: GH", status=Status.TENTATIVE, private=True)


def created(account: GoogleAccount, **rest: Any) -> RemoteObject:
    series = Series(IDENTITY.uid, EVENT, **rest)
    return account.backend.create(account.calendar, IDENTITY, series, now=NOW).object


def updated(account: GoogleAccount, seen: RemoteObject, series: Series) -> RemoteObject:
    return account.backend.update(account.calendar, seen, series, now=NOW).object


def test_a_create_is_one_insert_that_writes_to_nobody(account: GoogleAccount, server: GoogleServer) -> None:
    created(account)
    (call,) = server.take_calls()
    assert (call.method, call.query["sendUpdates"]) == ("events.insert", ["none"])
    assert "attendees" not in call.body
    assert server.api.mails == []


def test_a_create_whose_answer_was_lost_is_found_by_its_id(
    account: GoogleAccount, server: GoogleServer
) -> None:
    server.cut("events.insert", after_effect=True)
    with pytest.raises(Unavailable):
        created(account)
    with pytest.raises(PreconditionFailed):
        created(account)
    seen = account.backend.read(account.calendar, NAME)
    assert seen is not None
    assert seen.uid == IDENTITY.uid


def test_an_acceptance_is_one_patch_of_what_changed(account: GoogleAccount, server: GoogleServer) -> None:
    seen = created(account)
    server.take_calls()
    accepted = replace(EVENT, summary="GH", status=Status.CONFIRMED)
    after = updated(account, seen, Series(IDENTITY.uid, accepted))
    (call,) = server.take_calls()
    assert (call.method, call.etag) == ("events.patch", seen.etag)
    assert call.body == {"summary": "GH", "status": "confirmed"}
    assert after.series == Series(IDENTITY.uid, accepted)


def test_nothing_is_written_where_nothing_differs(account: GoogleAccount, server: GoogleServer) -> None:
    seen = created(account)
    server.take_calls()
    assert updated(account, seen, Series(IDENTITY.uid, EVENT)).etag == seen.etag
    assert account.calls() == []


def test_what_she_added_survives_our_write(account: GoogleAccount, server: GoogleServer) -> None:
    seen = created(account)
    hers = {
        "colorId": "11",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
        "attendees": [{"email": "bo@example.com"}],
        "extendedProperties": {"private": {"mine": "1"}, "shared": {"ours": "2"}},
    }
    server.change(account.id, NAME, hers)
    seen = account.everything()[NAME]
    updated(account, seen, Series(IDENTITY.uid, replace(EVENT, summary="GH")))
    after = server.event(account.id, NAME)
    assert (after["colorId"], after["reminders"]["overrides"]) == ("11", [{"method": "popup", "minutes": 5}])
    assert after["extendedProperties"] == {
        "private": {"freeholdUid": IDENTITY.uid, "mine": "1"},
        "shared": {"ours": "2"},
    }
    assert [entry["email"] for entry in after["attendees"]] == ["bo@example.com"]
    assert server.api.mails == []


def test_an_event_becomes_all_day_and_timed_again(account: GoogleAccount) -> None:
    seen = created(account)
    day = Series(IDENTITY.uid, replace(EVENT, start=start().clock.date(), length=Length(days=1)))
    seen = updated(account, seen, day)
    assert seen.series == day
    assert updated(account, seen, Series(IDENTITY.uid, EVENT)).series == Series(IDENTITY.uid, EVENT)


RULE = Recurrence(("FREQ=WEEKLY;COUNT=4",))


def test_a_series_with_a_moved_and_a_removed_instance_reads_back_as_meant(account: GoogleAccount) -> None:
    moved = Override(start(1), replace(EVENT, start=start(1, 14)))
    removed = Override(start(2), replace(EVENT, start=start(2), status=Status.CANCELLED))
    seen = created(account, recurrence=RULE, overrides=(moved, removed))
    assert seen.series is not None
    assert [item.recurrence_id for item in seen.series.overrides] == [start(1), start(2)]
    assert [item.event.start for item in seen.series.overrides] == [start(1, 14), start(2)]
    assert [item.event.status for item in seen.series.overrides] == [Status.TENTATIVE, Status.CANCELLED]


def test_an_override_is_added_changed_and_taken_back(account: GoogleAccount, server: GoogleServer) -> None:
    seen = created(account, recurrence=RULE)
    for hour in (14, 16):
        wanted = Series(
            IDENTITY.uid, EVENT, RULE, (Override(start(1), replace(EVENT, start=start(1, hour))),)
        )
        seen = updated(account, seen, wanted)
        assert seen.series is not None
        assert fingerprint(seen.series) == fingerprint(wanted)
    seen = updated(account, seen, Series(IDENTITY.uid, EVENT, RULE))
    assert seen.series is not None
    assert [item.event.start for item in seen.series.overrides] == [start(1)]
    server.take_calls()
    updated(account, seen, seen.series)
    assert account.calls() == []


def test_a_removed_instance_comes_back(account: GoogleAccount) -> None:
    removed = Override(start(1), replace(EVENT, start=start(1), status=Status.CANCELLED))
    seen = created(account, recurrence=RULE, overrides=(removed,))
    after = updated(account, seen, Series(IDENTITY.uid, EVENT, RULE))
    assert after.series is not None
    assert [item.event for item in after.series.overrides] == [replace(EVENT, start=start(1))]


def test_a_change_of_an_exception_alone_stops_a_write_to_it(
    account: GoogleAccount, server: GoogleServer
) -> None:
    wanted = Override(start(1), replace(EVENT, start=start(1, 14)))
    seen = created(account, recurrence=RULE, overrides=(wanted,))
    server.change(account.id, f"{NAME}_20260310T140000Z", timed("2026-03-10T17:00:00", "2026-03-10T18:00:00"))
    again = Series(IDENTITY.uid, EVENT, RULE, (Override(start(1), replace(EVENT, start=start(1, 15))),))
    with pytest.raises(PreconditionFailed):
        updated(account, seen, again)


def test_a_delete_names_its_condition_and_writes_to_nobody(
    account: GoogleAccount, server: GoogleServer
) -> None:
    seen = created(account)
    server.take_calls()
    account.backend.delete(account.calendar, seen)
    (call,) = server.take_calls()
    assert (call.method, call.etag, call.query["sendUpdates"]) == ("events.delete", seen.etag, ["none"])


def test_a_delete_whose_answer_was_lost_is_done_the_second_time(
    account: GoogleAccount, server: GoogleServer
) -> None:
    seen = created(account)
    server.cut("events.delete", after_effect=True)
    with pytest.raises(Unavailable):
        account.backend.delete(account.calendar, seen)
    account.backend.delete(account.calendar, seen)


def test_google_saying_that_an_event_is_deleted_is_no_lost_token(
    account: GoogleAccount, server: GoogleServer
) -> None:
    seen = created(account)
    server.fail("events.delete", 410, "deleted")
    account.backend.delete(account.calendar, seen)


@pytest.mark.parametrize(
    "status, reason", [(400, "invalid"), (403, "forbiddenForNonOrganizer"), (403, "requiredAccessLevel")]
)
def test_what_google_will_never_take_is_parked(
    account: GoogleAccount, server: GoogleServer, status: int, reason: str
) -> None:
    server.fail("events.insert", status, reason, domain="calendar")
    with pytest.raises(Rejected):
        created(account)


def test_a_series_of_single_instances_is_not_written_over(account: GoogleAccount) -> None:
    original = {"dateTime": "2026-03-10T10:00:00", "timeZone": ZONE}
    alone = timed("2026-03-11T10:00:00", "2026-03-11T11:00:00", id="other_20260310T140000Z")
    account.put({**alone, "recurringEventId": "other", "originalStartTime": original})
    seen = account.everything()["other"]
    assert seen.series is not None
    with pytest.raises(Rejected):
        updated(account, seen, Series("other", EVENT))
    with pytest.raises(Rejected):
        account.backend.delete(account.calendar, seen)


def test_a_moved_event_keeps_its_id_and_leaves_a_tombstone(
    account: GoogleAccount, server: GoogleServer
) -> None:
    created(account)
    account.follow()
    other = account.other("Private", "owner")
    server.move(account.id, NAME, other.remote_id)
    account.follow()
    assert account.mirror == {}
    seen = account.backend.find(other, IDENTITY.uid)
    assert seen is not None
    assert (seen.href, seen.uid) == (NAME, IDENTITY.uid)


def test_the_recurrence_google_puts_in_its_own_order_needs_no_write(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly("RRULE:BYDAY=TU;COUNT=5;FREQ=WEEKLY;WKST=MO"))
    seen = account.everything()[href]
    assert seen.series is not None
    server.take_calls()
    updated(account, seen, replace(seen.series, recurrence=Recurrence(("FREQ=WEEKLY;COUNT=5",))))
    assert account.calls() == []


def test_her_own_address_is_known_after_discovery(account: GoogleAccount) -> None:
    assert account.backend.discover().own_addresses == frozenset({ADA})
