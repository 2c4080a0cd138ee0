"""Changes of what a practice says about its time, each a function from the practice as it is to what it will be. Pure.

What an edit makes can always be written as a practice file and read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from booking.ladder import N_
from booking.practice import Block, Contact, DateOverride, Hold, Practice, Privilege, Provider, Service
from booking.refusals import FieldError, Problem, Refused
from booking.rules import effective

Part = TypeVar("Part", bound=Block | DateOverride | Hold)

CHANGED = N_("This was changed meanwhile. Please look at it once more.")


@dataclass(frozen=True, slots=True)
class Edit:
    """``what`` names the kind for the audit; ``provider`` is the slug of whose time it is, None: the whole practice's.

    ``made`` raises ``Refused`` for what does not fit the practice as it is by then. ``client`` is the id of the client
    it is about, if it is; ``after`` what the audit keeps.
    """

    what: str
    provider: str | None
    made: Callable[[Practice], Practice]
    client: str | None = None
    after: str | None = None


def handle(part: Block | DateOverride | Hold) -> str:
    """A name for a block, an override or a hold in an address: the same while all of it is."""
    fields = [
        sorted(value) if isinstance(value, frozenset) else value
        for value in (getattr(part, name) for name in part.__dataclass_fields__)
    ]
    return hashlib.sha256(repr(fields).encode()).hexdigest()[:16]


def practice_switch(on: bool) -> Edit:
    return Edit("practice_switch", None, lambda practice: replace(practice, self_scheduling=on))


def opt_in(slug: str, on: bool) -> Edit:
    return _of(slug, "opt_in", lambda _, provider: replace(provider, self_scheduling=on))


def put_block(slug: str, known: str | None, block: Block | None) -> Edit:
    """Puts a block in the place of the ``known`` one; ``known`` None: a new one; ``block`` None: takes it away."""

    def made(practice: Practice, provider: Provider) -> Provider:
        if block is not None:
            _check_names(practice, provider, block)
        return replace(provider, availability=_put(provider.availability, known, block))

    return _of(slug, "block", made)


def put_override(slug: str, known: str | None, override: DateOverride | None) -> Edit:
    def made(_: Practice, provider: Provider) -> Provider:
        overrides = _put(provider.overrides, known, override)
        if override is not None and sum(_compete(override, other) for other in overrides) > 1:
            text = N_(
                "Another entry over as many days has one of these dates. Of two, the shorter one rules."
            )
            raise Refused(Problem.INVALID, errors=[FieldError("from", text)])
        return replace(provider, overrides=overrides)

    return _of(slug, "override", made)


def put_hold(slug: str, known: str | None, hold: Hold | None) -> Edit:
    """The same for holds. A hold is known by its name, and keeps what was released of it while it keeps the name."""

    def made(_: Practice, provider: Provider) -> Provider:
        old = next((each for each in provider.holds if handle(each) == known), None)
        if hold is None and old is not None and not old.by_page:
            text = N_("This hold stands in the practice file, so it is taken out there.")
            raise Refused(Problem.WRONG_STATE, text)
        holds = _put(provider.holds, known, hold)
        if len({each.name for each in holds}) < len(holds):
            error = FieldError("name", N_("Another hold has this name."))
            raise Refused(Problem.INVALID, errors=[error])
        return replace(provider, holds=holds)

    return _of(slug, "hold", made)


def put_rules(slug: str | None, rules: Mapping[str, Any]) -> Edit:
    """Replaces the named rules of a provider, or of the practice; None: it states none itself from now on."""

    def stated(old: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**old, **rules}.items() if value is not None}

    def made(practice: Practice, provider: Provider) -> Provider:
        _check_rules(practice.rules, stated(provider.rules))
        return replace(provider, rules=stated(provider.rules))

    if slug is not None:
        return _of(slug, "rules", made)
    return Edit("rules", None, lambda practice: replace(practice, rules=stated(practice.rules)))


def put_service(slug: str | None, code: str, *, active: bool, online: bool, new_clients: bool) -> Edit:
    """``active``, ``online``, ``new_clients`` of a service of the practice's set, or of the provider's own."""
    return _of_service(
        slug,
        code,
        "service",
        lambda service: replace(service, active=active, online=online, new_clients=new_clients),
    )


def put_service_rules(slug: str | None, code: str, rules: Mapping[str, Any]) -> Edit:
    """Replaces named rules of one service of the practice's set, or of the provider's own; None: it states none."""

    def stated(service: Service) -> Service:
        merged = {**service.rules, **rules}
        return replace(service, rules={name: value for name, value in merged.items() if value is not None})

    return _of_service(slug, code, "service_rules", stated)


def _of_service(slug: str | None, code: str, what: str, change: Callable[[Service], Service]) -> Edit:
    """Changes one service of the practice's set, or of the provider's own; refused when it has gone."""

    def changed(services: Sequence[Service]) -> tuple[Service, ...]:
        if all(each.code != code for each in services):
            raise Refused(Problem.WRONG_STATE, CHANGED)
        return tuple(change(each) if each.code == code else each for each in services)

    if slug is not None:
        return _of(
            slug, what, lambda _, provider: replace(provider, own_services=changed(provider.own_services))
        )
    return Edit(what, None, lambda practice: replace(practice, services=changed(practice.services)))


def privilege(client_id: str, to: Privilege) -> Edit:
    """Steps a client's privilege up or down."""

    def made(practice: Practice) -> Practice:
        clients = tuple(
            replace(each, privilege=to) if each.id == client_id else each for each in practice.clients
        )
        return replace(practice, clients=clients)

    return Edit("privilege", None, made, client=client_id, after=to.value)


def put_client(client_id: str, contacts: Sequence[Contact], notices: Mapping[str, bool]) -> Edit:
    """The contacts of a client, and the client's own switches of notices."""

    def made(practice: Practice) -> Practice:
        clients = tuple(
            replace(each, contacts=tuple(contacts), notices=dict(notices)) if each.id == client_id else each
            for each in practice.clients
        )
        return replace(practice, clients=clients)

    return Edit("client", None, made, client=client_id)


def put_notices(switches: Mapping[str, bool], reminders: Sequence[timedelta], email: str) -> Edit:
    """Which mails clients get, how long before they are reminded, and the practice's own mail address."""

    def made(practice: Practice) -> Practice:
        off = {name: False for name, on in switches.items() if not on}
        return replace(
            practice, notices=off, rules={**practice.rules, "reminders": tuple(reminders)}, email=email
        )

    return Edit("notices", None, made)


def put_privacy_text(text: str) -> Edit:
    """What clients are shown, and have to accept, before they ask for a time; empty: nothing."""
    return Edit(
        "privacy_text",
        None,
        lambda practice: replace(practice, page=replace(practice.page, privacy_text=text)),
    )


def name_services(slug: str, codes: Sequence[str] | None) -> Edit:
    """Which of the practice's services a provider offers; None: all of them, also those to come."""

    def made(practice: Practice, provider: Provider) -> Provider:
        known = {each.code for each in practice.services}
        if codes is not None and not known.issuperset(codes):
            raise Refused(Problem.WRONG_STATE, CHANGED)
        return replace(provider, services=None if codes is None else tuple(codes))

    return _of(slug, "services", made)


def _of(slug: str, what: str, made: Callable[[Practice, Provider], Provider]) -> Edit:
    def changed(practice: Practice) -> Practice:
        if all(each.slug != slug for each in practice.providers):
            raise Refused(Problem.NOT_FOUND)
        providers = tuple(made(practice, each) if each.slug == slug else each for each in practice.providers)
        return replace(practice, providers=providers)

    return Edit(what, slug, changed)


def _put(parts: tuple[Part, ...], known: str | None, new: Part | None) -> tuple[Part, ...]:
    added = () if new is None else (new,)
    if known is None:
        return (*parts, *added)
    index = next((index for index, part in enumerate(parts) if handle(part) == known), None)
    if index is None:
        raise Refused(Problem.WRONG_STATE, CHANGED)
    return (*parts[:index], *added, *parts[index + 1 :])


def _check_names(practice: Practice, provider: Provider, block: Block) -> None:
    codes = {each.code for each in (*practice.services, *provider.own_services)}
    places = {place.slug for place in practice.locations}
    if not codes.issuperset(block.services or ()) or (block.location and block.location not in places):
        raise Refused(Problem.WRONG_STATE, CHANGED)


def _check_rules(practice: Mapping[str, Any], provider: Mapping[str, Any]) -> None:
    rules = effective(practice, provider)
    if rules.request_only_after >= rules.closed_after:
        text = N_("Calendars must count as late before they count as unreadable.")
        raise Refused(Problem.INVALID, errors=[FieldError("closed_after", text)])


def _compete(one: DateOverride, other: DateOverride) -> bool:
    """Whether a date has both and neither is the shorter one."""
    same_length = one.last - one.first == other.last - other.first
    return same_length and one.first <= other.last and other.first <= one.last
