"""The life of a push channel. Pure: when one is opened, replaced and ended, what a message means, how refusals wait.

Sources: the guide "Get push notifications" of the Calendar API. A channel is not renewed but replaced by one with a
new id, the two overlapping; there is no list of channels to ask for, so what is not written down here is lost.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LIFETIME = timedelta(days=7)
"""What is asked for. What counts is what the remote answers: it may give less."""

_SHARE_LEFT = 0.2
_LEAST_LEFT = timedelta(hours=24)
_QUIET = timedelta(seconds=3)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_NOBODY = hashlib.sha256(b"").hexdigest()


class ChannelState(StrEnum):
    OPENING = "opening"
    """Asked for. If no answer ever came it may exist, cannot be stopped for want of its resource id, and runs out."""
    LIVE = "live"
    RETIRING = "retiring"
    """To be stopped; its messages count no longer."""


class Refusal(StrEnum):
    """Why there is no channel, by how long it makes sense to wait."""

    CALENDAR = "calendar"
    """This calendar has no push, ever."""
    INSTALLATION = "installation"
    """Our address is not one that the remote posts to: a person has to mend the set-up."""
    PASSING = "passing"


@dataclass(frozen=True, slots=True)
class KnownChannel:
    id: str
    state: ChannelState
    address: str
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one calendar. ``open``: first a new channel, then those of ``replaced`` retire."""

    open: bool = False
    replaced: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()


def plan(
    channels: Sequence[KnownChannel], *, address: str | None, not_before: datetime | None, now: datetime
) -> Plan:
    """``address`` None: no messages are wanted. A row is only forgotten once its channel has run out by itself."""
    over = tuple(found.id for found in channels if found.expires_at <= now)
    live = [found for found in channels if found.state is ChannelState.LIVE and found.expires_at > now]
    if address is None:
        return Plan(retire=tuple(found.id for found in live), forget=over)
    good = sorted((found for found in live if found.address == address), key=lambda found: found.expires_at)
    newest = good[-1] if good else None
    if newest is None or renew_at(newest.opened_at, newest.expires_at) <= now:
        if not_before is not None and not_before > now:
            return Plan(forget=over)
        return Plan(open=True, replaced=tuple(found.id for found in live), forget=over)
    return Plan(retire=tuple(found.id for found in live if found is not newest), forget=over)


def renew_at(opened_at: datetime, expires_at: datetime) -> datetime:
    """With a fifth of its life or a day left, whichever is earlier; a life of two days and less is renewed at half."""
    lifetime = expires_at - opened_at
    return expires_at - max(lifetime * _SHARE_LEFT, min(_LEAST_LEFT, lifetime / 2))


def wait_after(refusal: Refusal, failures: int, *, jitter: float) -> timedelta:
    """How long to leave the remote alone after the ``failures``-th refusal in a row; ``jitter`` in [0, 1)."""
    wait = {Refusal.CALENDAR: timedelta(days=7), Refusal.INSTALLATION: timedelta(hours=6)}.get(refusal)
    if wait is None:
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(failures - 1, 6)))
    return wait * (1 - jitter / 4)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its headers state it; ``number`` is 0 where it is none. Its body is never read."""

    channel_id: str
    token: str
    resource_id: str
    resource_state: str
    number: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of the channel that a message names."""

    state: ChannelState
    token_hash: str
    resource_id: str | None
    expires_at: datetime
    last_number: int


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def counts(message: Message, expected: Expected | None, *, now: datetime) -> bool:
    """Whether the calendar is to be read because of it. The work is the same for a channel that nobody knows.

    A number that was seen is a copy. A lower one came late: the reading that its successor led to saw its change too.
    """
    known = _NOBODY if expected is None else expected.token_hash
    genuine = hmac.compare_digest(token_hash(message.token), known)
    if expected is None or not genuine or expected.resource_id is None:
        return False
    return (
        hmac.compare_digest(message.resource_id.encode(), expected.resource_id.encode())
        and expected.state is ChannelState.LIVE
        and now < expected.expires_at
        and message.resource_state != "sync"
        and message.number > expected.last_number
    )


def read_at(
    *, due_at: datetime | None, checked_at: datetime | None, failing: bool, now: datetime
) -> datetime | None:
    """When a calendar is read after a message: at once, but not within three seconds of the last reading.

    So a storm of messages is one reading at its beginning and one after it. A calendar that fails keeps its patience.
    """
    if failing:
        return due_at
    soonest = now if checked_at is None else max(now, checked_at + _QUIET)
    return soonest if due_at is None else min(due_at, soonest)
