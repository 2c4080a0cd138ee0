"""What stands in a provider's calendar for our requests: one event for one, for a group, or for a series."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from booking import series
from booking.desk.means import Means
from booking.invitation import event_for, group_label, label
from booking.requests import By, Standing, Status
from booking.rules import Rules, TitleMode
from booking.store import requests
from booking.store import series as plans
from booking.store.finding import KnownProvider
from booking.store.requests import Stored
from sync.model.timespan import TimeSpan


def show(connection: Connection, means: Means, event: str, *, now: datetime) -> None:
    """Make the event what the requests it stands for say; none of them live: there is none."""
    stored = requests.of_event(connection, event)
    live = [each for each in stored if each.standing.live]
    if not live:
        means.mirror.take_out(connection, booking_ref=event, now=now)
        return
    first = live[0]
    if first.asked.series_id == event:
        _show_series(connection, means, event, stored, now=now)
        return
    known = means.mirror.event(connection, event)
    calendar = means.mirror.write_calendar(connection, first.standing.seat.provider_id)
    place = calendar.id if calendar is not None else None if known is None else known.calendar_id
    if place is None:
        return
    pending = any(each.standing.status is Status.PENDING for each in live)
    series = event_for(
        request_id=event,
        status=Status.PENDING if pending else Status.ACCEPTED,
        span=_shown_span(first.standing),
        zone=first.standing.seat.timezone,
        label=label_of(stored),
        page=means.request_page(first.asked.id),
        current=None if known is None or known.series is None else known.series.master,
        names={each.asked.title for each in stored},
    )
    means.mirror.put(connection, booking_ref=event, calendar_id=place, series=series, now=now)


def _show_series(
    connection: Connection, means: Means, event: str, stored: list[Stored], *, now: datetime
) -> None:
    first = next(each for each in stored if each.standing.live)
    known = means.mirror.event(connection, event)
    calendar = means.mirror.write_calendar(connection, first.standing.seat.provider_id)
    place = calendar.id if calendar is not None else None if known is None else known.calendar_id
    if place is None:
        return
    dates = [
        series.Date(
            each.asked.wall, _shown_span(each.standing), each.standing.status, live=each.standing.live
        )
        for each in stored
    ]
    made = series.event_of(
        event,
        plans.find(connection, event),
        dates,
        label=first.asked.title,
        page=means.request_page(first.asked.id),
        current=None if known is None else known.series,
    )
    means.mirror.put(connection, booking_ref=event, calendar_id=place, series=made, now=now)


def _shown_span(standing: Standing) -> TimeSpan:
    """Where the event stands: what the provider dragged there stays until the client has answered."""
    proposal = standing.proposal
    dragged = proposal is not None and proposal.by is By.CALENDAR
    return proposal.spans[0] if proposal is not None and dragged else standing.span


def label_of(stored: list[Stored]) -> str:
    """What the event says after its prefix: the clients who sit in it now, each in the calendar's title mode."""
    return group_label(each.asked.title for each in stored if each.standing.live)


def title(
    connection: Connection,
    means: Means,
    provider: KnownProvider,
    rules: Rules,
    *,
    name: str,
    client_id: str | None,
    request_id: str,
) -> str:
    """What an entry in this provider's calendar says about a client: by the calendar's own mode, else the rules'."""
    calendar = means.mirror.write_calendar(connection, provider.id)
    mode = TitleMode(calendar.title) if calendar and calendar.title else rules.title
    return label(mode, name=name, client_id=client_id, request_id=request_id)
