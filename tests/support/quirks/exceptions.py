"""Clauses of the backend's contract that a switch makes impossible, each with its reason and what stands in for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.quirks.profiles import PROFILES, Names, Quirks, Sync


@dataclass(frozen=True)
class Clause:
    """``holds`` says whether a server has the switch; the tests named then fail, and are proven to."""

    holds: Callable[[Quirks], bool]
    reason: str
    tests: tuple[str, ...]


_TABLE = (
    Clause(
        lambda quirks: quirks.sync is not Sync.HONEST,
        "without sync-collection a deletion is an absence from a full listing, and no token is kept or refused",
        ("test_a_deletion_is_a_tombstone", "test_a_token_the_server_does_not_know_is_invalid"),
    ),
    Clause(
        lambda quirks: quirks.sync is not Sync.HONEST,
        "without sync-collection each change costs the state, a listing and a multiget",
        ("test_ten_changes_cost_at_most_two_requests",),
    ),
    Clause(
        lambda quirks: quirks.sync is Sync.BROKEN or not quirks.ctag,
        "with neither a report nor a ctag every pass lists the calendar",
        ("test_nothing_changed_is_one_empty_page_with_a_cursor", "test_nothing_changed_costs_one_request"),
    ),
    Clause(
        lambda quirks: quirks.unknown_token[0] == 207 and quirks.sync is Sync.HONEST,
        "the server takes any token; the daily listing makes good what it kept back",
        ("test_a_token_the_server_does_not_know_is_invalid",),
    ),
    Clause(
        lambda quirks: quirks.unknown_token[0] == 500,
        "an error without a reason is answered by a listing at once",
        ("test_a_token_the_server_does_not_know_is_invalid",),
    ),
    Clause(
        lambda quirks: quirks.hides_deletions,
        "the report names no deletion; the daily listing shows it",
        ("test_a_deletion_is_a_tombstone",),
    ),
    Clause(
        lambda quirks: quirks.stumbles_over_deletions,
        "418 where a deletion should be named is answered by a listing at once",
        ("test_a_deletion_is_a_tombstone",),
    ),
    Clause(
        lambda quirks: quirks.page is not None,
        "a report that comes in pages costs a request and a multiget for each",
        ("test_ten_changes_cost_at_most_two_requests",),
    ),
    Clause(
        lambda quirks: quirks.lossy is not None,
        "the report keeps back what is beyond its length; the daily listing shows it",
        ("test_ten_changes_cost_at_most_two_requests",),
    ),
    Clause(
        lambda quirks: quirks.multiget_misses is not None and quirks.sync is Sync.HONEST,
        "what the multiget hides is read alone",
        ("test_ten_changes_cost_at_most_two_requests",),
    ),
    Clause(
        lambda quirks: quirks.silent_etags,
        "a member that is listed without its ETag has to be loaded",
        ("test_a_full_reading_leaves_out_bodies_whose_etag_is_known",),
    ),
    Clause(
        lambda quirks: quirks.takes_any_uid,
        "the server keeps two resources of one UID; before repeating a create the engine searches for it",
        ("test_a_create_finds_its_uid_under_another_name",),
    ),
    Clause(
        lambda quirks: quirks.replaces_uid,
        "the server gives events UIDs of its own; they are found by their href",
        (
            "test_a_created_series_lies_where_its_identity_says",
            "test_a_created_series_reads_back_as_it_was_meant",
            "test_a_created_series_is_named_by_the_next_reading",
            "test_a_create_finds_its_uid_under_another_name",
            "test_an_update_changes_what_it_means_to",
        ),
    ),
    Clause(
        lambda quirks: quirks.names is not Names.KEPT,
        "the server chooses the href; the answer to the create says which",
        ("test_a_created_series_lies_where_its_identity_says",),
    ),
    Clause(
        lambda quirks: quirks.rewrites,
        "the server strips X- properties, whoever wrote them",
        ("test_an_update_keeps_what_we_do_not_understand",),
    ),
)


def reason_against(profile: str, test: str) -> str | None:
    """Why this test cannot hold at this server; None if it must."""
    quirks = PROFILES[profile]
    return next((line.reason for line in _TABLE if test in line.tests and line.holds(quirks)), None)
