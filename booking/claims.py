"""Whether a claim may stand beside others: asked by the writer, under its lock, after lapsed claims are gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sync.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource (a provider or a room) held by a session for a span. Rooms are claimed without buffers."""

    resource: str
    span: TimeSpan
    session: str
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)


class ClashKind(StrEnum):
    OVERLAP = "overlap"
    TOO_CLOSE = "too_close"
    """The spans are apart, but by less than the larger of the two buffers between them."""
    FULL = "full"
    """The session's seats are all taken."""


@dataclass(frozen=True, slots=True)
class Clash:
    kind: ClashKind
    claim: Claim


def keeps_apart(first: Claim, second: Claim) -> bool:
    """True if ``second`` starts at least max(after of the first, before of the second) after ``first`` ends."""
    return second.span.start - first.span.end >= max(first.after, second.before)


def clashes(existing: Iterable[Claim], wanted: Claim, *, capacity: int = 1) -> list[Clash]:
    """Everything that keeps ``wanted`` from being stored, in the order of ``existing``; empty: it may stand.

    Claims of other resources are passed over. Claims of the same session share it, up to ``capacity`` of them over
    the same span; a session's seats must lie over one and the same span.
    """
    mine = [claim for claim in existing if claim.resource == wanted.resource]
    seats = [claim for claim in mine if claim.session == wanted.session and claim.span == wanted.span]
    found = [Clash(ClashKind.FULL, claim) for claim in seats] if len(seats) >= capacity else []
    for claim in mine:
        if claim.session == wanted.session:
            continue
        kind = _clash_kind(claim, wanted)
        if kind is not None:
            found.append(Clash(kind, claim))
    return found


def _clash_kind(claim: Claim, wanted: Claim) -> ClashKind | None:
    if claim.span.overlaps(wanted.span):
        return ClashKind.OVERLAP
    return None if keeps_apart(claim, wanted) or keeps_apart(wanted, claim) else ClashKind.TOO_CLOSE
