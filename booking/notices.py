"""Who is told what, once a decision has settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from booking.clients import email_key
from booking.practice import Client
from booking.requests import Action, By, Standing, Status


class Audience(StrEnum):
    CLIENT = "client"
    PROVIDER = "provider"


class Kind(StrEnum):
    """Kinds of mail. Those to clients can be switched off by the practice, under these names."""

    CREATED = "created"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNDONE = "undone"
    EXPIRED = "expired"
    PROVIDER_CHANGED = "provider_changed"
    PROPOSED = "proposed"
    REMINDER = "reminder"
    NEW_REQUEST = "new_request"
    NEW_APPOINTMENT = "new_appointment"
    WITHDRAWN = "withdrawn"
    """To the provider: the client has cancelled."""
    MOVED = "moved"
    """To the provider: the client has taken another time."""
    CHOSEN = "chosen"
    """To the provider: the client has taken one of the times put forward."""
    TURNED_DOWN = "turned_down"
    """To the provider: the client takes none of them."""
    CONFLICT = "conflict"
    """To the provider: what was done in the calendar could not stand."""
    WISH = "wish"
    WAITLIST_JOINED = "waitlist_joined"
    """To a client: the link to the place on the waitlist."""
    WAITLIST_OFFER = "waitlist_offer"


@dataclass(frozen=True, slots=True)
class Notice:
    kind: Kind
    audience: Audience


def of_asking(standing: Standing) -> list[Notice]:
    """Notices of a request that was just stored, accepted by itself or not."""
    if standing.status is Status.ACCEPTED:
        return [Notice(Kind.CONFIRMED, Audience.CLIENT), Notice(Kind.NEW_APPOINTMENT, Audience.PROVIDER)]
    return [Notice(Kind.CREATED, Audience.CLIENT), Notice(Kind.NEW_REQUEST, Audience.PROVIDER)]


def of_change(told: Standing, present: Standing) -> list[Notice]:
    """Notices that lead from what the client knows to what is true; none if that is the same."""
    if _same(told, present):
        return []
    kind = _kind(told, present)
    found = [] if kind is None else [Notice(kind, Audience.CLIENT)]
    if told.seat.provider_id != present.seat.provider_id and present.live:
        new = Kind.NEW_REQUEST if present.status is Status.PENDING else Kind.NEW_APPOINTMENT
        return [*found, Notice(new, Audience.PROVIDER)]
    if present.decided_by is By.CLIENT:
        own = Kind.WITHDRAWN if present.status is Status.CANCELLED else _BY_CLIENT.get(present.last_action)
        found += [] if own is None else [Notice(own, Audience.PROVIDER)]
    return found


def of_undo(told: Standing, present: Standing) -> list[Notice]:
    """Notices of an undo after the client had been told of the decision."""
    if _same(told, present):
        return []
    return [Notice(Kind.UNDONE, Audience.CLIENT)]


def wanted(notice: Notice, practice: Mapping[str, bool], client: Mapping[str, bool] | None = None) -> bool:
    """Whether the switches let a notice through: the client's own if it has one for this kind, else the practice's.

    Kinds that neither names are on. What goes to the provider has no switch.
    """
    if notice.audience is not Audience.CLIENT:
        return True
    return {**practice, **(client or {})}.get(notice.kind.value, True)


def recipients(asked: str, client: Client | None) -> list[str]:
    """The addresses a notice about a client's appointment goes to, each person's once, the asking one first.

    ``asked`` is the address the request was made with; ``client`` None: nobody is known by it. A known client is told
    whoever asked, and so is every contact that gets the client's mails.
    """
    found = [asked]
    if client is not None:
        found += [client.email, *(each.email for each in client.contacts if each.notices)]
    return list(_once(found))


def _once(addresses: Iterable[str]) -> Iterable[str]:
    known: dict[str, str] = {}
    for address in addresses:
        known.setdefault(email_key(address), address)
    return known.values()


_BY_CLIENT = {Action.MOVE: Kind.MOVED, Action.CHOOSE: Kind.CHOSEN}
"""What the provider is told of what the client has done."""


def _same(told: Standing, present: Standing) -> bool:
    """True if the client would notice no difference."""
    known = (told.status, told.span, told.seat.provider_id)
    return known == (present.status, present.span, present.seat.provider_id)


def _kind(told: Standing, present: Standing) -> Kind | None:
    if present.live and told.seat.provider_id != present.seat.provider_id:
        return Kind.PROVIDER_CHANGED
    match present.status:
        case Status.ACCEPTED:
            return Kind.RESCHEDULED if told.status is Status.ACCEPTED else Kind.CONFIRMED
        case Status.DECLINED:
            return Kind.DECLINED
        case Status.EXPIRED:
            return Kind.EXPIRED
        case Status.CANCELLED:
            return Kind.DELETED if present.decided_by is By.CALENDAR else Kind.CANCELLED
        case Status.PENDING:
            return Kind.RESCHEDULED if told.status is Status.PENDING else None
