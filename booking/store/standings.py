"""What decisions change of a request, as columns and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from booking.epoch import instant, micros, ticks
from booking.requests import Action, By, Place, Proposal, Seat, Standing, Status
from sync.model.timespan import TimeSpan

Plain = dict[str, Any]


def columns(standing: Standing) -> Plain:
    proposal = standing.proposal
    return {
        "status": standing.status.value,
        "starts_at": standing.span.start,
        "ends_at": standing.span.end,
        "expires_at": standing.expires_at,
        **_seat_columns(standing.seat),
        "last_action": standing.last_action.value,
        "decided_at": standing.decided_at,
        "decided_by": None if standing.decided_by is None else standing.decided_by.value,
        "settles_at": standing.settles_at,
        "message": standing.message,
        "refer_to": standing.refer_to,
        "proposal": None if proposal is None else _proposal_plain(proposal),
        "proposal_due_at": None if proposal is None else proposal.due_at,
        "former": None if standing.former is None else plain(standing.former),
    }


def from_columns(row: RowMapping) -> Standing:
    return Standing(
        status=Status(row["status"]),
        span=TimeSpan(row["starts_at"], row["ends_at"]),
        expires_at=row["expires_at"],
        seat=_seat_of_row(row),
        last_action=Action(row["last_action"]),
        decided_at=row["decided_at"],
        decided_by=None if row["decided_by"] is None else By(row["decided_by"]),
        settles_at=row["settles_at"],
        message=row["message"],
        refer_to=row["refer_to"],
        proposal=None if row["proposal"] is None else _proposal(row["proposal"]),
        former=None if row["former"] is None else from_plain(row["former"]),
    )


def plain(standing: Standing) -> Plain:
    """JSON values; instants as microseconds since 1970, as in the columns."""
    return {
        "status": standing.status.value,
        "span": _span_plain(standing.span),
        "expires_at": micros(standing.expires_at),
        "seat": _seat_plain(standing.seat),
        "last_action": standing.last_action.value,
        "decided_at": _micros(standing.decided_at),
        "decided_by": None if standing.decided_by is None else standing.decided_by.value,
        "settles_at": _micros(standing.settles_at),
        "message": standing.message,
        "refer_to": standing.refer_to,
        "proposal": None if standing.proposal is None else _proposal_plain(standing.proposal),
        "former": None if standing.former is None else plain(standing.former),
    }


def from_plain(values: Mapping[str, Any]) -> Standing:
    return Standing(
        status=Status(values["status"]),
        span=_span(values["span"]),
        expires_at=instant(values["expires_at"]),
        seat=_seat(values["seat"]),
        last_action=Action(values["last_action"]),
        decided_at=_instant(values["decided_at"]),
        decided_by=None if values["decided_by"] is None else By(values["decided_by"]),
        settles_at=_instant(values["settles_at"]),
        message=values["message"],
        refer_to=values["refer_to"],
        proposal=None if values["proposal"] is None else _proposal(values["proposal"]),
        former=None if values["former"] is None else from_plain(values["former"]),
    )


def _proposal_plain(proposal: Proposal) -> Plain:
    return {
        "places": [
            {"span": _span_plain(place.span), "seat": _seat_plain(place.seat)} for place in proposal.places
        ],
        "by": proposal.by.value,
        "expires_at": micros(proposal.expires_at),
        "tells_at": _micros(proposal.tells_at),
    }


def _proposal(values: Mapping[str, Any]) -> Proposal:
    places = tuple(Place(_span(each["span"]), _seat(each["seat"])) for each in values["places"])
    return Proposal(places, By(values["by"]), instant(values["expires_at"]), _instant(values["tells_at"]))


def _seat_columns(seat: Seat) -> Plain:
    return {
        "provider_id": seat.provider_id,
        "service_id": seat.service_id,
        "session": seat.session,
        "event_ref": seat.event,
        "room": seat.room,
        "timezone": seat.timezone,
        "buffer_before": seat.before,
        "buffer_after": seat.after,
    }


def _seat_of_row(row: RowMapping) -> Seat:
    return Seat(
        provider_id=row["provider_id"],
        service_id=row["service_id"],
        session=row["session"],
        event=row["event_ref"],
        room=row["room"],
        timezone=row["timezone"],
        before=row["buffer_before"],
        after=row["buffer_after"],
    )


def _seat_plain(seat: Seat) -> Plain:
    return {**asdict(seat), "before": ticks(seat.before), "after": ticks(seat.after)}


def _seat(values: Mapping[str, Any]) -> Seat:
    lengths = {name: timedelta(microseconds=values[name]) for name in ("before", "after")}
    return Seat(**{**values, **lengths})


def _span_plain(span: TimeSpan) -> list[int]:
    return [micros(span.start), micros(span.end)]


def _span(pair: list[int]) -> TimeSpan:
    return TimeSpan(instant(pair[0]), instant(pair[1]))


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _instant(moment: int | None) -> datetime | None:
    return None if moment is None else instant(moment)
