"""The desk's part for prime time: holds as they stand, released and held again by hand, their log and their replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Row, select

from booking.desk import finding
from booking.desk.means import Means
from booking.desk.prime_views import HeldTimeView, HoldLine, HoldView, ReleaseView
from booking.desk.window import check_near
from booking.epoch import day_start, instant
from booking.holds import HoldRow
from booking.ladder import N_
from booking.openings import difference
from booking.refusals import FieldError, Problem, Refused
from booking.releasing import HeldTime, held_again, held_time, held_times, released, with_stages
from booking.replay import Booked, Replay, replay
from booking.roles import Action, Actor, Role
from booking.store import claims, releases
from booking.store import finding as rows
from booking.store.claims import provider_resource
from booking.store.events import bookings_in
from booking.store.finding import KnownProvider
from booking.store.offers import hold_rows, load_world, release_from
from booking.store.practice_rows import hold_from
from booking.store.tables import hold, hold_release, request
from booking.weekly import monday_of
from booking.world import Asker, World
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

LONGEST_REPLAY = 26
_MOST_LINES = 60
_MOST_BOOKINGS = 50
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class _Held:
    """A hold of a provider the actor may ask about."""

    row: HoldRow
    of: KnownProvider

    @property
    def zone(self) -> str:
        return self.of.timezone

    def today(self, now: datetime) -> date:
        return instant_to_wall(now, self.zone).date()


class PrimeTime:
    """Raises ``Refused``: a hold of others looks as if there were none."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def holds(self, actor: Actor, provider: str | None = None) -> tuple[HoldView, ...]:
        """All that the actor sees, or those of one provider; in the practice's order."""
        with self._means.books.read() as connection:
            finding.demand(actor, Action.VIEW_HOLDS)
            whose = _providers(connection, actor, provider)
            return tuple(
                HoldView(row.id, row.hold, finding.provider_view(of))
                for of in whose
                for row in hold_rows(connection, of.id)
            )

    def hold(self, actor: Actor, hold_id: str) -> HoldView:
        with self._means.books.read() as connection:
            held = _one(connection, actor, hold_id, Action.VIEW_HOLDS)
        return HoldView(held.row.id, held.row.hold, finding.provider_view(held.of))

    def coming(
        self, actor: Actor, hold_id: str, *, weeks: int = 6, now: datetime
    ) -> tuple[HeldTimeView, ...]:
        """The weeks or dates that are not over, ascending, each with what releasing or holding it again would change.

        They begin within ``weeks`` from now; of a hold on one date it is that date.
        """
        with self._means.books.read() as connection:
            held = _one(connection, actor, hold_id, Action.VIEW_HOLDS)
            first = held.today(now)
            last = max(first + weeks * _WEEK - _DAY, held.row.hold.date or date.min)
            found = held_times(
                held.row, releases.known(connection, hold_id, first=first - _WEEK),
                first=first, last=last, zone=held.zone, now=now,
            )  # fmt: skip
            ahead = [time for time in found if not time.over(now)]
            if not ahead:
                return ()
            services = [each for each in rows.services_of(connection, held.of) if each.service.online]
            window = TimeSpan(now, max(ahead[-1].spans[-1].end, now + _DAY))
            world = load_world(connection, self._means.mirror, held.of, services, window)
            return tuple(self._view(connection, held, time, world, now) for time in ahead)

    def release(self, actor: Actor, hold_id: str, day: date, *, now: datetime) -> ReleaseView:
        """Opens the week or date of ``day`` to everyone; once more changes nothing."""
        return self._by_hand(actor, hold_id, day, open_it=True, now=now)

    def rehold(self, actor: Actor, hold_id: str, day: date, *, now: datetime) -> ReleaseView:
        """Keeps it as the hold says until it is released by hand. Bookings that were made meanwhile stay."""
        return self._by_hand(actor, hold_id, day, open_it=False, now=now)

    def releases(self, actor: Actor, hold_id: str) -> tuple[ReleaseView, ...]:
        """What stands about each week or date and stage, the latest first."""
        with self._means.books.read() as connection:
            _one(connection, actor, hold_id, Action.VIEW_HOLDS)
            found = connection.execute(
                select(hold_release)
                .where(hold_release.c.hold_id == hold_id)
                .order_by(hold_release.c.day.desc(), hold_release.c.stage)
            ).all()
        return tuple(_release(row) for row in found)

    def log(self, actor: Actor, hold_id: str) -> tuple[HoldLine, ...]:
        """What was done, line by line, the latest first."""
        with self._means.books.read() as connection:
            _one(connection, actor, hold_id, Action.VIEW_HOLDS)
            found = releases.log(connection, hold_id, most=_MOST_LINES)
        return tuple(HoldLine.of(row.at, row.actor, row.action, row.after or "") for row in found)

    def replay(self, actor: Actor, hold_id: str, *, weeks: int, now: datetime) -> Replay:
        """The ``weeks`` whole weeks before this one and this one so far, by the hold's rule as it is now.

        Appointments count that took place and were made here; who was meant goes by today's tags and statuses.
        """
        if not 1 <= weeks <= LONGEST_REPLAY:
            raise Refused(
                Problem.INVALID, errors=[FieldError("weeks", N_("Between 1 and 26 weeks can be replayed."))]
            )
        with self._means.books.read() as connection:
            held = _one(connection, actor, hold_id, Action.VIEW_HOLDS)
            today = held.today(now)
            first = monday_of(today) - weeks * _WEEK
            booked = _booked(connection, held.of, since=instant(day_start(first - _DAY, held.zone)), now=now)
        return replay(held.row.hold, booked, first=first, last=today, zone=held.zone, now=now)

    def _view(
        self, connection: Connection, held: _Held, time: HeldTime, world: World, now: datetime
    ) -> HeldTimeView:
        act = held_again if time.open else released
        stages = act(held.row.hold, time, zone=held.zone)
        changed = with_stages(held.row, world.releases, time.key, stages)
        ahead = [span for span in time.spans if span.end > now]
        whole = TimeSpan(max(now, ahead[0].start), ahead[-1].end)
        booked = bookings_in(connection, held.of.id, ahead, now=now, most=_MOST_BOOKINGS)
        change = difference(world, changed, span=whole, now=now)
        return HeldTimeView(time, change.closed if time.open else change.opened, len(booked))

    def _by_hand(self, actor: Actor, hold_id: str, day: date, *, open_it: bool, now: datetime) -> ReleaseView:
        def work(connection: Connection) -> ReleaseView:
            held = _one(connection, actor, hold_id, Action.RELEASE_HOLDS)
            claims.lock(connection, [provider_resource(held.of.id)])
            # What the rule has opened by now is recorded first, so that a hand is told from it.
            releases.release_due(connection, held.of.id, now=now)
            check_near(day, held.today(now), "date")
            known = releases.known(connection, hold_id, first=day - _WEEK, last=day + _WEEK)
            time = held_time(held.row, known, day=day, zone=held.zone, now=now)
            if time is None:
                text = N_("The hold keeps no time in the week or on the day of this date.")
                raise Refused(Problem.INVALID, errors=[FieldError("date", text)])
            if time.over(now):
                raise Refused(Problem.WRONG_STATE, N_("This time is over."))
            act = released if open_it else held_again
            stages = act(held.row.hold, time, zone=held.zone)
            releases.write_by_hand(
                connection, held.of.practice.id, held.row, time, stages, actor=actor.id, now=now
            )
            return _last(connection, held, time)

        return self._means.write(work)


def _providers(connection: Connection, actor: Actor, slug: str | None) -> Sequence[KnownProvider]:
    if slug is not None:
        return [finding.provider_for(connection, actor, slug, Action.VIEW_HOLDS)]
    home = rows.practice_by_id(connection, actor.practice_id)
    found = [] if home is None else rows.providers_of(connection, home)
    return [each for each in found if actor.role is not Role.PROVIDER or each.id == actor.provider_id]


def _one(connection: Connection, actor: Actor, hold_id: str, action: Action) -> _Held:
    finding.demand(actor, action)
    row = connection.execute(select(hold).where(hold.c.id == hold_id)).mappings().one_or_none()
    of = None if row is None else rows.provider_by_id(connection, row["provider_id"])
    if row is None or of is None or not actor.sees(of.practice.id, of.id):
        raise Refused(Problem.NOT_FOUND)
    return _Held(HoldRow(row["id"], hold_from(row)), of)


def _last(connection: Connection, held: _Held, time: HeldTime) -> ReleaseView:
    """The furthest stage there is a row of."""
    row = connection.execute(
        select(hold_release)
        .where(hold_release.c.hold_id == held.row.id, hold_release.c.unit == time.unit)
        .where(hold_release.c.day == time.key)
        .order_by(hold_release.c.stage.desc())
        .limit(1)
    ).one()
    return _release(row)


def _release(row: Row[tuple[object, ...]]) -> ReleaseView:
    return ReleaseView(release_from(row), row.due_at, row.released_at, row.by)


def _booked(connection: Connection, of: KnownProvider, *, since: datetime, now: datetime) -> list[Booked]:
    """Appointments that are over, with their clients as the rules see them today."""
    found = connection.execute(
        select(request.c.starts_at, request.c.ends_at, request.c.created_at, request.c.client_id).where(
            request.c.provider_id == of.id, request.c.status == "accepted",
            request.c.starts_at >= since, request.c.ends_at <= now,
        )
    ).all()  # fmt: skip
    askers: dict[str | None, Asker] = {None: Asker()}
    for row in found:
        if row.client_id not in askers:
            client = rows.client_by_id(connection, of.practice.id, row.client_id)
            askers[row.client_id] = finding.asker(connection, of.practice.id, client, now=now)
    return [
        Booked(TimeSpan(row.starts_at, row.ends_at), row.created_at, askers[row.client_id]) for row in found
    ]
