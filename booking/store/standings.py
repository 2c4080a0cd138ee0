"""What decisions change of a request, as columns and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from booking.epoch import instant, micros
from booking.requests import Action, By, Proposal, Standing, Status
from sync.model.timespan import TimeSpan

Plain = dict[str, Any]


def columns(standing: Standing) -> Plain:
    proposal = standing.proposal
    return {
        "status": standing.status.value,
        "starts_at": standing.span.start,
        "ends_at": standing.span.end,
        "expires_at": standing.expires_at,
        "last_action": standing.last_action.value,
        "decided_at": standing.decided_at,
        "decided_by": None if standing.decided_by is None else standing.decided_by.value,
        "settles_at": standing.settles_at,
        "message": standing.message,
        "refer_to": standing.refer_to,
        "proposal": None if proposal is None else _proposal_plain(proposal),
        "proposal_due_at": None if proposal is None else proposal.expires_at,
        "former": None if standing.former is None else plain(standing.former),
    }


def from_columns(row: RowMapping) -> Standing:
    return Standing(
        status=Status(row["status"]),
        span=TimeSpan(row["starts_at"], row["ends_at"]),
        expires_at=row["expires_at"],
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
        "spans": [_span_plain(span) for span in proposal.spans],
        "by": proposal.by.value,
        "expires_at": micros(proposal.expires_at),
    }


def _proposal(values: Mapping[str, Any]) -> Proposal:
    spans = tuple(_span(span) for span in values["spans"])
    return Proposal(spans, By(values["by"]), instant(values["expires_at"]))


def _span_plain(span: TimeSpan) -> list[int]:
    return [micros(span.start), micros(span.end)]


def _span(pair: list[int]) -> TimeSpan:
    return TimeSpan(instant(pair[0]), instant(pair[1]))


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _instant(moment: int | None) -> datetime | None:
    return None if moment is None else instant(moment)
