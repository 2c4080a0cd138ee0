"""What a file no longer names stays where people or bookings hang on it."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from booking.keeping import Booked, kept
from booking.practice import Practice, Secret
from service.practice_file.render import render_practice
from tests.support.practice_text import read, recalling
from tests.support.practices import practices

BARE = Practice("elm-street", "Elm Street Therapy", "America/New_York")


def test_clients_and_users_stay() -> None:
    old = read().practice
    practice = kept(old, BARE)
    assert [client.id for client in practice.clients] == ["c-1"]
    assert [user.email for user in practice.users] == ["owner@example.com", "ada@example.com"]


def test_a_client_of_a_removed_provider_is_nobodys() -> None:
    assert kept(read().practice, BARE).clients[0].providers == ()


def test_a_provider_without_bookings_is_removed() -> None:
    assert kept(read().practice, BARE).providers == ()


def test_a_provider_with_bookings_stays_and_offers_nothing() -> None:
    (ada,) = kept(read().practice, BARE, booked=Booked(providers=frozenset({"ada"}))).providers
    assert (ada.active, ada.self_scheduling, ada.accounts, ada.availability) == (False, False, (), ())


def test_a_service_with_bookings_stays_inactive_and_without_its_lost_room() -> None:
    booked = Booked(services=frozenset({(None, "90834")}))
    (service,) = kept(read().practice, BARE, booked=booked).services
    assert (service.code, service.active, service.room) == ("90834", False, None)


def test_an_account_without_a_secret_keeps_where_it_came_from() -> None:
    old = read().practice
    (ada,) = old.providers
    new = replace(old, providers=(replace(ada, accounts=(replace(ada.accounts[0], secret=Secret()),)),))
    assert kept(old, new) == old
    assert kept(old, new, given={("ada", "ada-home")}) == new


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=30)
@given(practices(), practices())
def test_what_is_kept_reads_as_a_practice_file_and_is_kept_as_it_is(old: Practice, new: Practice) -> None:
    booked = Booked(
        frozenset(provider.slug for provider in old.providers),
        frozenset((None, service.code) for service in old.services)
        | frozenset((each.slug, service.code) for each in old.providers for service in each.own_services),
    )
    practice = kept(old, new, booked=booked)
    known = recalling(users=frozenset(user.email.casefold() for user in old.users))
    assert read(render_practice(practice), environ={"SECRET": "x"}, recall=known).practice == practice
    assert kept(practice, new, booked=booked) == practice
