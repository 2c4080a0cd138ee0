"""Who may book: the first part of the ladder, and the rules about the asker that no time can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from booking.ladder import Rule
from booking.practice import ClientStatus, Privilege
from booking.rules import Door
from booking.world import Asker, Offer, World


def passes(rule: Rule, world: World, offer: Offer, asker: Asker) -> bool:
    """One rule of access. A poster without a token is ``new`` for every rule; other rules raise ``KeyError``."""
    return _PASSES[rule](world, offer, asker)


def admits(world: World, offer: Offer, asker: Asker) -> bool:
    """True if every rule of access passes: whether there is a time is then for the rules of time to say."""
    return all(allows(world, offer, asker) for allows in _PASSES.values())


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


def _status(_: World, offer: Offer, asker: Asker) -> bool:
    return status_of(asker).value in offer.rules.client_statuses


def _privilege(_: World, __: Offer, asker: Asker) -> bool:
    return privilege_of(asker) is not Privilege.CALL_US


def _assigned(world: World, _: Offer, asker: Asker) -> bool:
    return asker.id is None or not asker.providers or world.provider in asker.providers


def _online(_: World, offer: Offer, asker: Asker) -> bool:
    service = offer.service
    return service.active and service.online and (service.new_clients or not asker.new)


def _open_requests(_: World, offer: Offer, asker: Asker) -> bool:
    limit = offer.rules.open_requests_per_client
    return not limit or asker.open_requests < limit


def _door(world: World, offer: Offer, asker: Asker) -> bool:
    return not asker.new or _door_stands_open(world, offer)


_PASSES: Mapping[Rule, Callable[[World, Offer, Asker], bool]] = {
    Rule.PRACTICE_SWITCH: lambda world, _, __: world.practice_open,
    Rule.PROVIDER_OPT_IN: lambda world, _, __: world.opted_in,
    Rule.CLIENT_STATUS: _status,
    Rule.CLIENT_PRIVILEGE: _privilege,
    Rule.ASSIGNED: _assigned,
    Rule.SERVICE_ONLINE: _online,
    Rule.OPEN_REQUESTS: _open_requests,
    Rule.DOOR: _door,
}

ACCESS_RULES = tuple(_PASSES)
"""The rules that ``passes`` answers, in ladder order."""


def _door_stands_open(world: World, offer: Offer) -> bool:
    rule = offer.rules.new_clients
    if not isinstance(rule, Door):
        return rule == "open"
    state = world.doors.get(rule)
    return state is None or state.open


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
