"""Some days of a provider as staff plan them: hours, outside events, held time, requests and appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.availability import window_of_dates
from booking.desk import finding
from booking.desk.means import Means
from booking.desk.offering import sources_of
from booking.desk.views import ProviderView
from booking.desk.window import check_near
from booking.freshness import FreshnessState, state
from booking.picture import Band, ground
from booking.roles import Action, Actor
from booking.rules import effective
from booking.store.day import Booked, bookings_in, offered_in
from booking.store.offers import load_world
from booking.weekly import monday_of
from sync.model.freebusy import Freshness
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
_MOST_EVENTS = 300


@dataclass(frozen=True, slots=True)
class WeekView:
    """``days`` local days from ``first`` on. ``offered``: time kept for somebody on the waitlist.

    ``read`` is when the calendars were last read whole, ``state`` what that makes of them.
    """

    who: ProviderView
    first: date
    days: int
    window: TimeSpan
    bands: tuple[Band, ...]
    booked: tuple[Booked, ...]
    offered: tuple[TimeSpan, ...]
    read: Freshness
    state: FreshnessState


def week(
    means: Means, actor: Actor, provider: str, *, first: date | None, days: int, now: datetime
) -> WeekView:
    """Raises ``Refused``: ``not-found`` for a provider of others, ``invalid`` for a day too far away."""
    with means.books.read() as connection:
        known = finding.provider_for(connection, actor, provider, Action.VIEW_REQUESTS)
        zone = known.timezone
        today = instant_to_wall(now, zone).date()
        start = first or monday_of(today)
        check_near(start, today, "day")
        end = start + days * _DAY
        window = window_of_dates(start, end, zone=zone)
        world = load_world(connection, means.mirror, known, [], window)
        titles = actor.may(Action.EVENT_TITLES)
        sources = sources_of(connection, means, known, window, titles=titles, most=_MOST_EVENTS)
        booked = tuple(bookings_in(connection, known.id, window, now=now))
        offered = tuple(offered_in(connection, known.id, window, now=now))
    bands = ground(world, first=start, end=end, now=now, sources=sources)
    rules = effective(known.practice.rules, known.rules)
    return WeekView(
        who=finding.provider_view(known),
        first=start,
        days=days,
        window=window,
        bands=bands,
        booked=booked,
        offered=offered,
        read=world.freshness,
        state=state(world.freshness, now=now, rules=rules),
    )
