"""The history checker: one pure function over what was done, what the database holds and what the calendar shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations

from tests.support.faults.history import (
    Booked,
    Counts,
    History,
    Kind,
    Op,
    Outcome,
    Rows,
    Seen,
    Span,
)

SLO_SECONDS = 60.0
LIVE = {"pending": "TENTATIVE", "accepted": "CONFIRMED"}
"""Statuses of requests that have an event, and what the event says."""

_RESULTS = {
    Kind.ACCEPT: {"pending": "accepted"},
    Kind.CONFIRM: {"pending": "accepted"},
    Kind.DECLINE: {"pending": "declined"},
    Kind.CANCEL: {"pending": "cancelled", "accepted": "cancelled"},
    Kind.DELETE: {"pending": "declined", "accepted": "cancelled"},
}


def count(history: History, rows: Rows, remote: Sequence[Seen], *, slo: float = SLO_SECONDS) -> Counts:
    """Everything that should not be. All tuples empty: nothing was lost, doubled, harmed or left undone."""
    by_booking = _events_of(rows, remote)
    own = _own_events(history.ops)
    return Counts(
        lost=tuple(_lost(history.ops, rows, by_booking, own)),
        duplicated=tuple(_duplicated(rows, by_booking, remote)),
        double_booked=tuple(_double_booked(history.ops, rows)),
        foreign_touched=tuple(_touched(own, remote)),
        orphaned=tuple(_orphaned(history.ops, rows, by_booking, own, remote)),
        stuck=tuple(_stuck(history, rows, by_booking, slo)),
    )


def _events_of(rows: Rows, remote: Iterable[Seen]) -> Mapping[str, list[Seen]]:
    booking_of = {entry.uid: entry.booking for entry in rows.entries}
    found: dict[str, list[Seen]] = defaultdict(list)
    for seen in remote:
        booking = seen.booking or booking_of.get(seen.uid)
        if booking is not None:
            found[booking].append(seen)
    return found


def _own_events(ops: Iterable[Op]) -> Mapping[str, Op]:
    """The last word on each event of the provider's own. Nothing but she writes there, so her word is certain."""
    return {op.name: op for op in sorted(ops, key=lambda op: op.ended) if op.name}


# Lost


def _lost(
    ops: Sequence[Op], rows: Rows, events: Mapping[str, list[Seen]], own: Mapping[str, Op]
) -> Iterator[str]:
    known = {row.id: row for row in rows.requests}
    for op in ops:
        if op.kind is Kind.ASK and op.outcome is Outcome.DONE and op.booking not in known:
            yield f"the request {op.booking} was acknowledged and is not stored"
    for row in rows.requests:
        deeds = [op for op in ops if op.booking == row.id]
        if deeds and row.status not in possible_statuses(deeds):
            yield f"the request {row.id} is {row.status}, after {', '.join(_told(deeds))}"
        if row.status in LIVE:
            yield from _lost_event(row, deeds, events.get(row.id, []))
    for op in own.values():
        if op.text is not None and op.span not in rows.busy:
            yield f"the provider's event {op.name} does not block its time"


def _told(deeds: Iterable[Op]) -> Iterator[str]:
    for op in deeds:
        yield f"{op.kind} ({op.outcome})"


def _lost_event(row: Booked, deeds: Sequence[Op], events: Sequence[Seen]) -> Iterator[str]:
    if not events:
        yield f"the {row.status} request {row.id} has no event"
        return
    seen = events[0]
    if seen.span not in (row.span, *row.proposed):
        yield f"the event of {row.id} is at {seen.span[0]}, its time is {row.span[0]}"
    if seen.status != LIVE[row.status]:
        yield f"the event of the {row.status} request {row.id} says {seen.status}"
    spans = possible_spans(deeds)
    if spans and row.span not in spans:
        yield f"the request {row.id} is at {row.span[0]}, where nobody put it"
    for op in deeds:
        if op.kind is Kind.NOTE and op.text is not None and op.text not in seen.text:
            yield f"the provider's note {op.text} is no longer in the event of {row.id}"


def possible_statuses(deeds: Iterable[Op]) -> set[str]:
    """What a request may be after these deeds. One that met all at rest and was answered decides; of those that
    crossed one another any may have come first, or have come too late, but not all of them."""
    found = {"pending"}
    for group in _groups(op for op in deeds if op.kind in _RESULTS):
        found = {_after(status, order) for status in found for order in _orders(group)}
    return found


def possible_spans(deeds: Iterable[Op]) -> set[Span]:
    """Where a request may be: where it was asked for, or where the provider dragged it to last."""
    found: set[Span] = set()
    for group in _groups(op for op in deeds if op.kind in (Kind.ASK, Kind.DRAG)):
        spans = {op.span for op in group if op.span is not None}
        found = spans if _is_certain(group) else found | spans
    return found


def _groups(deeds: Iterable[Op]) -> list[list[Op]]:
    """Those that were not refused, by their beginning; who began before all was at rest joins the group before."""
    groups: list[list[Op]] = []
    for op in sorted(deeds, key=lambda op: op.began):
        if op.outcome is Outcome.REFUSED:
            continue
        if groups and any(before.settled is None or before.settled > op.began for before in groups[-1]):
            groups[-1].append(op)
        else:
            groups.append([op])
    return groups


def _is_certain(group: Sequence[Op]) -> bool:
    return len(group) == 1 and group[0].outcome is Outcome.DONE


def _orders(group: Sequence[Op]) -> Iterator[tuple[Op, ...]]:
    if _is_certain(group):
        yield tuple(group)
        return
    certain = any(op.outcome is Outcome.DONE for op in group)
    for size in range(1 if certain else 0, len(group) + 1):
        yield from permutations(group, size)


def _after(status: str, order: Iterable[Op]) -> str:
    for op in order:
        status = _RESULTS[op.kind].get(status, status)
    return status


# Duplicated


def _duplicated(rows: Rows, events: Mapping[str, list[Seen]], remote: Sequence[Seen]) -> Iterator[str]:
    for client, number in Counter(row.client for row in rows.requests).items():
        if number > 1:
            yield f"one asking of {client} made {number} requests"
    for booking, found in events.items():
        if len(found) > 1:
            yield f"the booking {booking} has {len(found)} events"
    for uid, number in Counter(seen.uid for seen in remote).items():
        if number > 1:
            yield f"{number} events have the UID {uid}"


# Double-booked


def _double_booked(ops: Sequence[Op], rows: Rows) -> Iterator[str]:
    live = [row for row in rows.requests if row.status in LIVE]
    for one, two in combinations(live, 2):
        if one.session != two.session and _overlap(one.span, two.span):
            yield f"{one.id} and {two.id} are both at {max(one.span[0], two.span[0])}"
    for first, second in combinations(rows.claims, 2):
        same = first.resource == second.resource and first.session != second.session
        if same and _overlap(first.span, second.span):
            yield f"two claims on {first.resource} at {max(first.span[0], second.span[0])}"
    for op in ops:
        if op.kind is Kind.ASK and op.outcome is Outcome.DONE and op.span is not None:
            for name in _known_to_be_taken(ops, op):
                yield f"{op.booking} was taken although {name} was known to be there"


def _known_to_be_taken(ops: Sequence[Op], ask: Op) -> Iterator[str]:
    """Events of the provider's own that had been read before the client asked, and stayed until after the answer."""
    names = {op.name for op in ops if op.name}
    for name in names:
        words = sorted((op for op in ops if op.name == name), key=lambda op: op.began)
        read = [op for op in words if op.settled is not None and op.settled < ask.began]
        later = [op for op in words if op not in read and op.began < ask.ended]
        last = read[-1] if read else None
        if last is None or later or last.text is None or last.span is None or ask.span is None:
            continue
        if _overlap(last.span, ask.span):
            yield name


def _overlap(one: Span, two: Span) -> bool:
    return one[0] < two[1] and two[0] < one[1]


# Touched


def _touched(own: Mapping[str, Op], remote: Iterable[Seen]) -> Iterator[str]:
    there = {seen.name: seen for seen in remote}
    for name, op in own.items():
        seen = there.get(name)
        if op.text is None and seen is not None:
            yield f"the provider's event {name} was removed and is there again"
        elif op.text is not None and seen is None:
            yield f"the provider's event {name} is gone"
        elif op.text is not None and seen is not None and seen.text != op.text:
            yield f"the provider's event {name} is not as she left it"


# Orphaned


def _orphaned(
    ops: Sequence[Op],
    rows: Rows,
    events: Mapping[str, list[Seen]],
    own: Mapping[str, Op],
    remote: Sequence[Seen],
) -> Iterator[str]:
    live = {row.id for row in rows.requests if row.status in LIVE}
    ours = {seen.name for found in events.values() for seen in found}
    for booking, found in events.items():
        if booking not in live:
            yield f"{len(found)} events stand for {booking}, which is no longer live"
    for seen in remote:
        if seen.name not in ours and seen.name not in own:
            yield f"nobody knows the event {seen.name}"
    askers = {op.client for op in ops if op.kind is Kind.ASK and op.outcome is not Outcome.REFUSED}
    for row in rows.requests:
        if row.client not in askers:
            yield f"the request {row.id} is stored, and its client was told that it is not"
    spans = {op.span for op in own.values() if op.text is not None}
    for span in rows.busy - spans:
        yield f"time is blocked at {span[0]} for an event that is not there"
    for entry in rows.entries:
        if not entry.closed and entry.booking not in live:
            yield f"the mirror keeps an event for {entry.booking}, which is no longer live"


# Stuck


def _stuck(history: History, rows: Rows, events: Mapping[str, list[Seen]], slo: float) -> Iterator[str]:
    yield from rows.unrest
    for op in history.ops:
        if op.outcome is Outcome.UNKNOWN:
            yield f"{op.kind} was never answered"
    for kill in history.kills:
        if kill.recovered is None or kill.recovered > slo:
            told = "never" if kill.recovered is None else f"{kill.recovered:.1f} s"
            yield f"all was well again {told} after a fault at {kill.point}; left: {', '.join(kill.left)}"
    etags = {entry.uid: entry.etag for entry in rows.entries if not entry.closed}
    for found in events.values():
        for seen in found:
            known = etags.get(seen.uid)
            if known is not None and seen.etag is not None and known != seen.etag:
                yield f"the mirror has not seen the last version of {seen.name}"
