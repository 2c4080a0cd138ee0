"""Reading Google's calendars: pages of any size, series in parts, roles, tokens that end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.backends.errors import CalendarMissing, Refused, SyncTokenInvalid, Unavailable
from sync.backends.protocol import Known, RemoteObject
from sync.model.event import Response, Status
from sync.model.moments import WallTime
from sync.model.occurrences import occurrences
from sync.model.timespan import TimeSpan
from tests.support.google_account import ADA, ZONE, GoogleAccount, timed, weekly
from tests.support.google_server import GoogleServer

YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
SECOND = "_20260310T140000Z"
THIRD = "_20260317T140000Z"
MOVED = timed("2026-03-11T15:00:00", "2026-03-11T16:00:00")


def starts(seen: RemoteObject) -> list[str]:
    """Local starts of every instance, as the series says."""
    assert seen.series is not None
    items = occurrences(seen.series, window=YEAR, zone=ZONE).items
    return [f"{item.span.start:%m-%dT%H}" for item in items]


def test_an_exception_on_an_earlier_page_than_its_master_belongs_to_it(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly())
    server.change(account.id, href + SECOND, MOVED)
    server.cancel(account.id, href + THIRD)
    server.set_page_sizes([1])
    (seen,) = account.everything().values()
    assert starts(seen) == ["03-03T15", "03-11T19", "03-24T14", "03-31T14"]


@pytest.mark.parametrize("sizes", [[0], [0, 1], [2, 0, 3], [1]])
def test_pages_of_any_size_give_everything_once(
    account: GoogleAccount, server: GoogleServer, sizes: list[int]
) -> None:
    if sizes == [0]:
        sizes = [0, 0, 0, 100]
    hrefs = {account.put(timed("2026-03-03T10:00:00", "2026-03-03T11:00:00")) for _ in range(7)}
    server.set_page_sizes(sizes)
    named = [seen.href for page in account.read() for seen in page.changed]
    assert sorted(named) == sorted(hrefs)


def test_a_change_of_one_instance_costs_one_call_and_gives_the_whole_series(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly())
    server.cancel(account.id, href + THIRD)
    account.follow()
    server.change(account.id, href + SECOND, MOVED)
    server.take_calls()
    account.follow()
    assert account.calls() == ["events.list"]
    assert starts(account.mirror[href]) == ["03-03T15", "03-11T19", "03-24T14", "03-31T14"]


def test_a_change_of_the_master_keeps_the_exceptions_it_does_not_name(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly())
    server.change(account.id, href + SECOND, MOVED)
    account.follow()
    server.change(account.id, href, {"summary": "Renamed"})
    server.take_calls()
    account.follow()
    assert account.calls() == ["events.list"]
    series = account.mirror[href].series
    assert series is not None
    assert series.master is not None
    assert series.master.summary == "Renamed"
    assert [override.event.start for override in series.overrides] == [
        WallTime(datetime(2026, 3, 11, 15), ZONE)
    ]


def test_a_changed_instance_of_a_series_nobody_kept_is_asked_for_with_its_series(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly())
    cursor = account.read()[-1].cursor
    server.cancel(account.id, href + SECOND)
    (page,) = account.read(cursor)
    (seen,) = page.changed
    assert starts(seen) == ["03-03T15", "03-17T14", "03-24T14", "03-31T14"]


def test_a_deleted_series_takes_its_exceptions_along(account: GoogleAccount, server: GoogleServer) -> None:
    href = account.put(weekly())
    server.change(account.id, href + SECOND, MOVED)
    account.follow()
    server.cancel(account.id, href)
    account.follow()
    assert account.mirror == {}


def test_a_deleted_series_stays_for_the_instance_that_is_still_shown(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly())
    account.follow()
    server.change(account.id, href + SECOND, MOVED)
    server.accounts.books[account.id].bury(href, cascade=False)
    account.follow()
    assert starts(account.mirror[href]) == ["03-11T19"]


def test_an_instance_whose_master_is_not_shown_is_a_series_of_its_own(
    account: GoogleAccount, server: GoogleServer
) -> None:
    original = {"dateTime": "2026-03-10T10:00:00", "timeZone": ZONE}
    alone = {
        **MOVED,
        "id": "elsewhere" + SECOND,
        "recurringEventId": "elsewhere",
        "originalStartTime": original,
    }
    account.put(alone)
    account.follow()
    assert starts(account.mirror["elsewhere"]) == ["03-11T19"]
    account.put({**alone, **timed("2026-03-12T15:00:00", "2026-03-12T16:00:00")})
    account.follow()
    assert starts(account.mirror["elsewhere"]) == ["03-12T19"]
    server.cancel(account.id, "elsewhere" + SECOND)
    account.follow()
    assert account.mirror == {}


def test_a_new_instance_without_a_master_blocks_too(account: GoogleAccount) -> None:
    account.follow()
    original = {"dateTime": "2026-03-10T10:00:00", "timeZone": ZONE}
    account.put({**MOVED, "id": "other" + SECOND, "recurringEventId": "other", "originalStartTime": original})
    account.follow()
    assert starts(account.mirror["other"]) == ["03-11T19"]


def test_this_and_following_is_two_series_without_a_gap_or_an_overlap(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly("RRULE:FREQ=WEEKLY;COUNT=4"))
    account.follow()
    server.change(account.id, href, {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20260317T035959Z"]})
    tail = account.put(
        timed(
            "2026-03-17T12:00:00",
            "2026-03-17T13:00:00",
            id=f"{href}_R20260317T140000",
            recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"],
        )
    )
    account.follow()
    assert starts(account.mirror[href]) == ["03-03T15", "03-10T14"]
    assert starts(account.mirror[tail]) == ["03-17T16", "03-24T16"]


def test_a_series_that_happens_once_now_blocks_that_once(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly())
    server.cancel(account.id, href + "_20260303T150000Z")
    account.follow()
    assert starts(account.mirror[href])[0] == "03-10T14"
    server.change(account.id, href, {"recurrence": None})
    account.follow()
    assert starts(account.mirror[href]) == ["03-03T15"]


def test_tombstones_with_details_are_tombstones_all_the_same(
    account: GoogleAccount, server: GoogleServer
) -> None:
    server.api.full_tombstones = True
    single, series = account.put(MOVED), account.put(weekly())
    account.follow()
    server.cancel(account.id, single)
    server.cancel(account.id, series + SECOND)
    account.follow()
    assert list(account.mirror) == [series]
    found = account.mirror[series].series
    assert found is not None
    assert [override.event.status for override in found.overrides] == [Status.CANCELLED]


@pytest.mark.parametrize("body", [MOVED, weekly()], ids=["single", "series"])
@pytest.mark.parametrize("stands", [True, False])
@pytest.mark.parametrize("many", [1, 150])
def test_an_event_that_is_named_on_two_pages_is_what_the_last_one_says(
    account: GoogleAccount, server: GoogleServer, body: dict[str, Any], stands: bool, many: int
) -> None:
    href = account.put(body)
    account.follow()
    server.cancel(account.id, href) if stands else account.put({**body, "id": href})
    for _ in range(many):
        account.put(MOVED)

    def meanwhile() -> None:
        account.put({**body, "id": href}) if stands else server.cancel(account.id, href)
        server.api.listings.name_again(server.event(account.id, href))

    server.set_page_sizes([many])
    server.faults.plan("events.list", meanwhile, skip=1)
    account.follow()
    assert (href in account.mirror) is stands
    assert len(account.mirror) == many + stands


def test_a_token_that_ended_is_invalid_also_between_pages(
    account: GoogleAccount, server: GoogleServer
) -> None:
    account.follow()
    for _ in range(3):
        account.put(MOVED)
    server.set_page_sizes([1])
    server.fail("events.list", 410, "fullSyncRequired", skip=1)
    with pytest.raises(SyncTokenInvalid):
        account.read(account.cursor)


def test_a_token_of_another_calendar_is_invalid(account: GoogleAccount, server: GoogleServer) -> None:
    account.follow()
    other = account.other("Other", "owner")
    with pytest.raises(SyncTokenInvalid):
        list(account.backend.changes(other, account.cursor, Known()))


def test_what_is_unchanged_is_only_named_by_a_full_reading(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href, other = account.put(weekly()), account.put(MOVED)
    server.change(account.id, href + SECOND, MOVED)
    known = {href: seen.etag for href, seen in account.everything().items()}
    pages = account.read(None, Known(lambda: known))
    assert {href for page in pages for href in page.present} == {href, other}
    server.cancel(account.id, href + THIRD)
    pages = account.read(None, Known(lambda: known))
    assert [seen.href for page in pages for seen in page.changed] == [href]


def test_a_calendar_of_times_only_blocks_without_a_word(account: GoogleAccount, server: GoogleServer) -> None:
    busy = account.other("Colleague", "freeBusyReader")
    server.put(busy.remote_id, {**MOVED, "description": "Secret", "attendees": [{"email": "bo@example.com"}]})
    (page,) = account.backend.changes(busy, None, Known())
    (seen,) = page.changed
    assert not busy.writable
    assert seen.series is not None
    assert seen.series.master is not None
    assert (seen.series.master.summary, seen.series.master.description) == ("", "")
    assert b"Secret" not in seen.raw
    assert starts(seen) == ["03-11T19"]


def test_in_a_colleagues_calendar_the_colleagues_answer_counts(
    account: GoogleAccount, server: GoogleServer
) -> None:
    his = server.add_person("bo@example.com")
    server.share(his, ADA, "reader")
    shared = next(item for item in account.backend.discover().calendars if item.remote_id == his)
    guests = [
        {"email": ADA, "responseStatus": "declined"},
        {"email": "bo@example.com", "responseStatus": "accepted"},
    ]
    server.put(his, {**MOVED, "attendees": guests})
    (page,) = account.backend.changes(shared, None, Known())
    (seen,) = page.changed
    assert seen.series is not None
    assert seen.series.master is not None
    assert seen.series.master.own_response is Response.ACCEPTED


def test_a_readers_calendar_is_not_written_to(account: GoogleAccount) -> None:
    assert [account.other(role, role).writable for role in ("owner", "writer", "reader")] == [
        True,
        True,
        False,
    ]


def test_a_name_of_her_own_and_hidden_calendars_are_respected(
    account: GoogleAccount, server: GoogleServer
) -> None:
    named, hidden = account.other("Group", "writer"), account.other("Noise", "reader")
    server.accounts.lists[ADA][named.remote_id].override = "Mine"
    server.accounts.lists[ADA][hidden.remote_id].hidden = True
    assert [item.name for item in account.backend.discover().calendars] == ["Work", "Mine"]


def test_an_account_with_many_calendars_is_read_to_the_end(
    account: GoogleAccount, server: GoogleServer
) -> None:
    for number in range(260):
        server.add_calendar(ADA, f"Group {number}")
    assert len(account.backend.discover().calendars) == 261


def test_a_missing_event_is_none_and_a_missing_calendar_is_not(
    account: GoogleAccount, server: GoogleServer
) -> None:
    assert account.backend.read(account.calendar, "nowhere") is None
    server.remove_calendar(account.id)
    with pytest.raises(CalendarMissing):
        account.backend.read(account.calendar, "nowhere")


def test_no_other_guests_address_is_kept(account: GoogleAccount) -> None:
    guests = [{"email": "bo@example.com"}, {"email": ADA, "responseStatus": "accepted"}]
    href = account.put({**MOVED, "attendees": guests})
    assert b"bo@example.com" not in account.everything()[href].raw


@pytest.mark.parametrize(
    "status, reason, domain, error",
    [
        (403, "rateLimitExceeded", "usageLimits", Unavailable),
        (403, "userRateLimitExceeded", "usageLimits", Unavailable),
        (429, "rateLimitExceeded", "usageLimits", Unavailable),
        (500, "backendError", "global", Unavailable),
        (503, "backendError", "global", Unavailable),
        (400, "invalidParameter", "global", Unavailable),
        (403, "forbidden", "global", Refused),
        (403, "accessNotConfigured", "usageLimits", Refused),
        (404, "notFound", "global", CalendarMissing),
    ],
)
def test_each_error_of_a_reading_is_what_the_caller_does_next(
    account: GoogleAccount,
    server: GoogleServer,
    status: int,
    reason: str,
    domain: str,
    error: type[Exception],
) -> None:
    server.fail("events.list", status, reason, domain=domain)
    with pytest.raises(error):
        account.read()


def test_how_long_to_wait_is_told_by_google_or_by_the_kind_of_limit(
    account: GoogleAccount, server: GoogleServer
) -> None:
    server.fail("events.list", 429, "rateLimitExceeded", retry_after=30)
    with pytest.raises(Unavailable) as short:
        account.read()
    server.fail("events.list", 403, "quotaExceeded", domain="usageLimits")
    with pytest.raises(Unavailable) as long:
        account.read()
    server.fail("events.list", 403, "userRateLimitExceeded", domain="usageLimits")
    with pytest.raises(Unavailable) as unsaid:
        account.read()
    waits = [found.value.retry_after for found in (short, long, unsaid)]
    assert waits == [timedelta(seconds=30), timedelta(hours=1), timedelta(seconds=5)]


def test_an_answer_that_is_cut_off_is_no_reading(account: GoogleAccount, server: GoogleServer) -> None:
    server.cut("events.list")
    with pytest.raises(Unavailable):
        account.read()


def test_a_series_is_found_by_its_uid_without_the_instances_taken_out(
    account: GoogleAccount, server: GoogleServer
) -> None:
    href = account.put(weekly(iCalUID="uid-1"))
    server.cancel(account.id, href + SECOND)
    server.cancel(
        account.id, account.put(timed("2026-03-03T10:00:00", "2026-03-03T11:00:00", iCalUID="uid-1"))
    )
    seen = account.backend.find(account.calendar, "uid-1")
    assert seen is not None
    assert seen.href == href
    assert starts(seen) == ["03-03T15", "03-17T14", "03-24T14", "03-31T14"]


def test_a_token_too_long_for_an_address_is_sent_all_the_same(
    account: GoogleAccount, server: GoogleServer
) -> None:
    account.follow()
    assert account.cursor is not None
    server.take_calls()
    with pytest.raises(SyncTokenInvalid):
        account.read(replace(account.cursor, value="x" * 3_000))
    assert account.calls() == ["events.list"]
