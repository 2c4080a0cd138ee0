"""Who may book: the first part of the ladder, and the rules about the asker that no time can change."""

from __future__ import annotations

from collections.abc import Iterable

from booking.ladder import Rule
from booking.practice import ClientStatus, Privilege
from booking.rules import Door
from booking.world import Asker, Offer, World

ACCESS_RULES = (
    Rule.PRACTICE_SWITCH,
    Rule.PROVIDER_OPT_IN,
    Rule.CLIENT_STATUS,
    Rule.CLIENT_PRIVILEGE,
    Rule.ASSIGNED,
    Rule.SERVICE_ONLINE,
    Rule.OPEN_REQUESTS,
    Rule.DOOR,
)
"""The rules that ``passes`` answers, in ladder order."""


def passes(rule: Rule, world: World, offer: Offer, asker: Asker) -> bool:
    """One rule of access. A poster without a token is ``new`` for every rule; other rules raise ``KeyError``."""
    service, rules = offer.service, offer.rules
    match rule:
        case Rule.PRACTICE_SWITCH:
            return world.practice_open
        case Rule.PROVIDER_OPT_IN:
            return world.opted_in
        case Rule.CLIENT_STATUS:
            return status_of(asker).value in rules.client_statuses
        case Rule.CLIENT_PRIVILEGE:
            return privilege_of(asker) is not Privilege.CALL_US
        case Rule.ASSIGNED:
            return asker.id is None or not asker.providers or world.provider in asker.providers
        case Rule.SERVICE_ONLINE:
            return service.active and service.online and (service.new_clients or not asker.new)
        case Rule.OPEN_REQUESTS:
            return not rules.open_requests_per_client or asker.open_requests < rules.open_requests_per_client
        case Rule.DOOR:
            return not asker.new or _door_stands_open(world, offer)
    raise KeyError(rule)


def admits(world: World, offer: Offer, asker: Asker) -> bool:
    """True if every rule of access passes: whether there is a time is then for the rules of time to say."""
    return all(passes(rule, world, offer, asker) for rule in ACCESS_RULES)


def refusals(world: World, offer: Offer, asker: Asker) -> list[Rule]:
    """The rules of access that do not pass, in ladder order."""
    return [rule for rule in ACCESS_RULES if not passes(rule, world, offer, asker)]


def status_of(asker: Asker) -> ClientStatus:
    return ClientStatus.NEW if asker.id is None else asker.status


def privilege_of(asker: Asker) -> Privilege:
    """A privilege belongs to a client who is known by a token or by staff."""
    return Privilege.FULL if asker.id is None else asker.privilege


def belongs(audience: Iterable[str], asker: Asker) -> bool:
    """True if the asker is among ``client:ID``, ``tag:NAME``, ``status:NAME``; a poster without a token never is."""
    if asker.id is None:
        return False
    return any(_is_meant(word, asker.id, asker) for word in audience)


def has_prime_time(world: World, asker: Asker) -> bool:
    """True if one of the provider's holds is for this client: soft busy time stays bookable for them."""
    return any(belongs(row.hold.kept_for, asker) for row in world.holds)


def next_door(rule: str | Door, was_open: bool, booked_share: float) -> bool:
    """The door for new clients after a look at the booked share (0..1) of its window.

    Open below ``open_below``, closed above ``close_above``, in between as it was.
    """
    if not isinstance(rule, Door):
        return rule == "open"
    if booked_share < rule.open_below:
        return True
    return was_open and booked_share <= rule.close_above


def _door_stands_open(world: World, offer: Offer) -> bool:
    rule = offer.rules.new_clients
    return world.door_open if isinstance(rule, Door) else rule == "open"


def _is_meant(word: str, client: str, asker: Asker) -> bool:
    kind, _, name = word.partition(":")
    match kind:
        case "client":
            return name == client
        case "tag":
            return name in asker.tags
        case "status":
            return name == asker.status.value
    return False
