"""The waitlist: clients join where nothing suits, and are offered in order what becomes free, each for a while."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from booking import privacy, waitlist
from booking.access import privilege_of
from booking.availability import Slot, open_slots, placement
from booking.clients import clean_email, clean_line, email_key, person_errors
from booking.desk import asking, finding
from booking.desk.bookings import is_free_of
from booking.desk.forms import WaitForm
from booking.desk.means import Means
from booking.desk.views import Requested
from booking.desk.wanted import Wanted, a_locale
from booking.desk.window import a_zone
from booking.ladder import N_
from booking.notices import Audience, Kind
from booking.practice import Mode
from booking.refusals import FieldError, Problem, Refused
from booking.requests import Holding
from booking.roles import Action, Actor, Role
from booking.store import audit, claims, mail, privacy_texts
from booking.store import finding as rows
from booking.store import waiting as store
from booking.store.claims import Holder, provider_resource
from booking.store.finding import KnownProvider, KnownService
from booking.store.offers import load_world
from booking.waitlist import Part, Waiting
from booking.world import World
from sync.model.identity import new_id
from sync.model.timespan import TimeSpan

PURPOSE = "waitlist"
_AHEAD = timedelta(days=92)
_DAYS = 7


@dataclass(frozen=True, slots=True)
class OfferView:
    """A time that is kept until ``until``."""

    span: TimeSpan
    mode: str
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A place on the waitlist. ``state``: waiting, served, removed, or lapsed: the last day that was wished is past;
    ``position`` counts from 1 while waiting.

    ``mode``, ``days``, ``part``, ``first`` and ``last`` are the wishes.
    """

    id: str
    practice_slug: str
    provider: str
    provider_slug: str
    service: str
    service_name: str
    mode: str | None
    client_name: str
    client_email: str
    client_phone: str
    timezone: str
    days: tuple[int, ...]
    part: str
    first: date | None
    last: date | None
    state: str
    joined_at: datetime
    position: int | None
    offer: OfferView | None

    def document(self) -> dict[str, Any]:
        """As staff see it."""
        offer = self.offer
        return {
            "id": self.id,
            "provider": self.provider_slug,
            "service": self.service,
            "mode": self.mode,
            "client": {"name": self.client_name, "email": self.client_email, "phone": self.client_phone},
            "days": list(self.days),
            "part": self.part,
            "from": None if self.first is None else self.first.isoformat(),
            "until": None if self.last is None else self.last.isoformat(),
            "joined_at": self.joined_at.isoformat(),
            "position": self.position,
            "offer": None
            if offer is None
            else {
                "start": offer.span.start.isoformat(),
                "end": offer.span.end.isoformat(),
                "mode": offer.mode,
                "until": offer.until.isoformat(),
            },
        }


class Waitlist:
    """Raises ``Refused`` for everything it does not do."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def join(self, form: WaitForm, *, now: datetime) -> str:
        """The token of the place on the list, for the mail alone: who typed the address may not be who owns it.

        So whoever waits for the service already keeps that place, the answer is the same, and the link is sent again.
        """
        return self._means.write(lambda connection: self._join(connection, form, now))

    def _join(self, connection: Connection, form: WaitForm, now: datetime) -> str:
        provider = finding.provider(connection, form.practice, form.provider)
        name, email, phone = clean_line(form.name), clean_email(form.email), clean_line(form.phone)
        errors = list(person_errors(name=name, email=email, phone=phone))
        unread = privacy.mistake(provider.practice.page.privacy_text, form.privacy)
        errors += [] if unread is None else [unread]
        found: list[KnownService] = []
        zone = provider.timezone
        try:
            zone = a_zone(form.timezone, provider.timezone)
            found.append(finding.service(connection, provider, form.service))
        except Refused as refused:
            errors += refused.errors
        errors += _mistakes(form, zone, now)
        if errors:
            raise Refused(Problem.INVALID, errors=errors)
        service = found[0]
        practice_id = provider.practice.id
        client = finding.client_of(connection, self._means, practice_id, form.asking, now=now)
        claims.lock(connection, [provider_resource(provider.id)])
        same = (service.service.code, email_key(email))
        for row in store.rows_of(connection, practice_id, provider.id, now=now):
            if (row.service_code, email_key(row.client_email)) == same:
                mark = f"joined:{now.date().isoformat()}"
                self._mail(connection, Kind.WAITLIST_JOINED, row, provider, service, mark, now)
                return self._means.tokens.derive(PURPOSE, row.id)
        accepted = privacy.acceptance(provider.practice.page.privacy_text, form.privacy, now=now)
        privacy_texts.keep(connection, practice_id, accepted)
        waiting_id = store.add(
            connection,
            practice_id=practice_id,
            provider_id=provider.id,
            service_code=service.service.code,
            mode=form.mode,
            client_id=None if client is None else client.id,
            client_name=name,
            client_email=email,
            client_phone=phone,
            timezone=zone,
            locale=a_locale(form.locale, provider),
            days=sorted(set(form.days)),
            part=form.part,
            first=form.first,
            last=form.last,
            joined_at=now,
            **privacy_texts.columns(accepted),
        )
        token = self._means.tokens.derive(PURPOSE, waiting_id)
        store.add_link(connection, waiting_id, self._means.tokens.hash(token))
        row = self._row(connection, token)
        self._mail(connection, Kind.WAITLIST_JOINED, row, provider, service, "joined", now)
        _note(connection, practice_id, "client", "join", waiting_id, now)
        return token

    # The client's link

    def page(self, token: str, *, now: datetime) -> WaitingView:
        with self._means.books.read() as connection:
            row = self._row(connection, token)
            return _view(connection, row, now, position=_position(connection, row, now))

    def take(self, token: str, *, now: datetime) -> Requested:
        """The offered time becomes a request, as if it had been asked for. ``expired`` if it is no longer kept."""
        with self._means.books.read() as connection:
            provider_id = self._row(connection, token).provider_id
        looked = self._means.live.look(provider_id)
        return self._means.write(lambda connection: self._take(connection, token, looked, now))

    def _take(self, connection: Connection, token: str, looked: bool, now: datetime) -> Requested:
        row = self._row(connection, token)
        provider, service = _of(connection, row)
        claims.lock(connection, _resources(connection, provider, service))
        offer = store.open_offer(connection, row.id)
        if offer is None:
            raise Refused(Problem.WRONG_STATE)
        if now >= offer.until:
            text = N_("This time is no longer kept for you. You are still on the list.")
            raise Refused(Problem.EXPIRED, text)
        store.close_offer(connection, offer.id, "taken")
        wanted = Wanted(
            provider=provider,
            service=service,
            client=_client(connection, row),
            contact=None,
            start=offer.starts_at,
            mode=Mode(offer.mode),
            name=row.client_name,
            email=row.client_email,
            phone=row.client_phone,
            note="",
            sender_key=None,
            timezone=row.timezone,
            locale=row.locale,
            accepted=privacy_texts.accepted_with(row),
            looked=looked,
        )
        done = asking.store(connection, self._means, wanted, now)
        store.end(connection, row.id, "served")
        _note(connection, row.practice_id, "client", "take", row.id, now)
        return done

    def let_pass(self, token: str, *, now: datetime) -> WaitingView:
        """The time goes to the next one; the place on the list stays."""

        def work(connection: Connection) -> WaitingView:
            row = self._row(connection, token)
            claims.lock(connection, [provider_resource(row.provider_id)])
            offer = store.open_offer(connection, row.id)
            if offer is not None and store.close_offer(connection, offer.id, "passed"):
                _note(connection, row.practice_id, "client", "pass", row.id, now)
            return _view(connection, row, now, position=_position(connection, row, now))

        return self._means.write(work)

    def leave(self, token: str, *, now: datetime) -> WaitingView:
        def work(connection: Connection) -> WaitingView:
            _end(connection, self._row(connection, token), "client", now)
            row = self._row(connection, token)
            return _view(connection, row, now, position=_position(connection, row, now))

        return self._means.write(work)

    # Staff

    def listed(self, actor: Actor, provider: str | None = None, *, now: datetime) -> tuple[WaitingView, ...]:
        """Those who wait, longest first; ``provider`` is a slug."""
        with self._means.books.read() as connection:
            finding.demand(actor, Action.VIEW_REQUESTS)
            provider_id = actor.provider_id if actor.role is Role.PROVIDER else None
            if provider is not None:
                provider_id = finding.provider_for(connection, actor, provider, Action.VIEW_REQUESTS).id
            found = store.rows_of(connection, actor.practice_id, provider_id, now=now)
            places: Counter[str] = Counter()
            shown = []
            for row in found:  # longest first
                places[row.provider_id] += 1
                shown.append(_view(connection, row, now, position=places[row.provider_id]))
            return tuple(shown)

    def remove(self, actor: Actor, waiting_id: str, *, now: datetime) -> None:
        def work(connection: Connection) -> None:
            finding.demand(actor, Action.DECIDE)
            row = store.find(connection, waiting_id)
            if row is None or not actor.sees(row.practice_id, row.provider_id):
                raise Refused(Problem.NOT_FOUND)
            _end(connection, row, actor.id, now)

        self._means.write(work)

    # The clock

    def offer(self, *, now: datetime) -> int:
        """Ends offers that have run out and places whose last day is past, and offers what is free now, in order.

        How much of all that there was.
        """
        with self._means.books.read() as connection:
            ended = store.lapsed(connection, now=now)
            places = store.over(connection, now=now)
        done = 0
        for offer_id, provider_id in ended:
            done += self._lapse(offer_id, provider_id)
        for waiting_id, provider_id in places:
            done += self._end_place(waiting_id, provider_id, now)
        with self._means.books.read() as connection:
            providers = store.providers_waited_for(connection)
        for provider_id in providers:
            done += self._offer(provider_id, now)
        return done

    def _lapse(self, offer_id: str, provider_id: str) -> bool:
        def work(connection: Connection) -> bool:
            claims.lock(connection, [provider_resource(provider_id)])
            return store.close_offer(connection, offer_id, "lapsed")

        return self._means.write(work)

    def _end_place(self, waiting_id: str, provider_id: str, now: datetime) -> bool:
        def work(connection: Connection) -> bool:
            claims.lock(connection, [provider_resource(provider_id)])
            row = store.find(connection, waiting_id)
            if row is None or not _has_lapsed(row, now):
                return False
            offer = store.open_offer(connection, waiting_id)
            if offer is not None:
                store.close_offer(connection, offer.id, "lapsed")
            if not store.end(connection, waiting_id, "lapsed"):
                return False
            _note(connection, row.practice_id, "timer", "lapse", waiting_id, now)
            return True

        return self._means.write(work)

    def _offer(self, provider_id: str, now: datetime) -> int:
        def work(connection: Connection) -> int:
            provider = rows.provider_by_id(connection, provider_id)
            if provider is None or not provider.open:
                return 0
            services = {known.service.code: known for known in rows.services_of(connection, provider)}
            asked = {each.service for each in store.waiting_for(connection, provider_id)} & services.keys()
            claims.lock(
                connection,
                {name for code in asked for name in _resources(connection, provider, services[code])},
            )
            worlds: dict[str, World] = {}
            made = 0
            for each in waitlist.in_order(store.waiting_for(connection, provider_id)):
                if each.service not in asked:
                    continue
                service = services[each.service]
                if each.service not in worlds:
                    window = TimeSpan(now, now + _AHEAD)
                    worlds[each.service] = load_world(
                        connection, self._means.mirror, provider, [service], window
                    )
                if self._offer_to(connection, provider, service, each, worlds[each.service], now):
                    made += 1
                    # What was offered is held from here on, in each service.
                    worlds.clear()
            return made

        return self._means.write(work)

    def _offer_to(
        self,
        connection: Connection,
        provider: KnownProvider,
        service: KnownService,
        to: Waiting,
        world: World,
        now: datetime,
    ) -> bool:
        row = store.find(connection, to.id)
        if row is None:
            return False
        client = _client(connection, row)
        asker = finding.asker(connection, row.practice_id, client, now=now)
        window = TimeSpan(now, now + _AHEAD)
        code = service.service.code
        slots = open_slots(world, service=code, client=asker, window=window, now=now)
        slot = waitlist.first_that_suits(to, slots)
        if slot is None:
            return False
        until = waitlist.kept_until(
            slot.start, service.rules, zone=provider.timezone, privilege=privilege_of(asker), now=now
        )
        mode = Mode(to.mode) if to.mode else slot.modes[0]
        place = placement(world, service=code, client=asker, start=slot.start, mode=mode, now=now)
        if until is None or place is None or not is_free_of(connection, self._means, provider.id, place.span):
            return False
        offer_id = new_id()
        store.add_offer(
            connection,
            offer_id=offer_id,
            practice_id=row.practice_id,
            to=to,
            span=place.span,
            mode=mode.value,
            until=until,
            now=now,
        )
        seat = asking.seat_at(provider, service, place, event=offer_id)
        holder = Holder(None, row.practice_id, service.service.capacity, offer_id)
        claims.hold(connection, holder, [Holding(place.span, seat, until)], now=now)
        self._mail(
            connection, Kind.WAITLIST_OFFER, row, provider, service, offer_id, now, slot=slot, until=until
        )
        _note(connection, row.practice_id, "timer", "offer", to.id, now)
        return True

    def _mail(
        self,
        connection: Connection,
        kind: Kind,
        row: Row[Any],
        provider: KnownProvider,
        service: KnownService,
        mark: str,
        now: datetime,
        *,
        slot: Slot | None = None,
        until: datetime | None = None,
    ) -> None:
        mail.queue(
            connection,
            practice_id=row.practice_id,
            dedupe=f"waiting:{row.id}:{mark}",
            kind=kind.value,
            audience=Audience.CLIENT.value,
            recipient=row.client_email,
            facts={
                "provider_id": provider.id,
                "provider": provider.name,
                "service": service.service.name,
                "start": None if slot is None else slot.start.isoformat(),
                "end": None if slot is None else slot.end.isoformat(),
                "expires_at": None if until is None else until.isoformat(),
                "waiting": row.id,
                "locale": row.locale,
                "zone": row.timezone,
            },
            request_id=None,
            now=now,
            useless_at=until,
        )

    def _row(self, connection: Connection, token: str) -> Row[Any]:
        found = store.by_link(connection, self._means.tokens.hash(token))
        if found is None:
            raise Refused(Problem.NOT_FOUND)
        return found


def _end(connection: Connection, row: Row[Any], actor: str, now: datetime) -> None:
    claims.lock(connection, [provider_resource(row.provider_id)])
    offer = store.open_offer(connection, row.id)
    if offer is not None:
        store.close_offer(connection, offer.id, "passed")
    if store.end(connection, row.id, "removed"):
        _note(connection, row.practice_id, actor, "remove", row.id, now)


def _resources(connection: Connection, provider: KnownProvider, service: KnownService) -> list[str]:
    return [provider_resource(provider.id), *asking.room_resources(connection, provider, service)]


def _of(connection: Connection, row: Row[Any]) -> tuple[KnownProvider, KnownService]:
    provider = _provider_of(connection, row)
    return provider, finding.service(connection, provider, row.service_code)


def _provider_of(connection: Connection, row: Row[Any]) -> KnownProvider:
    provider = rows.provider_by_id(connection, row.provider_id)
    if provider is None:
        raise Refused(Problem.NOT_FOUND)
    return provider


def _name_of_service(connection: Connection, provider: KnownProvider, code: str) -> str:
    """Its code for one that is not given any more: who waits for it is still to be seen, and can still leave."""
    services = rows.services_of(connection, provider)
    return next((known.service.name for known in services if known.service.code == code), code)


def _client(connection: Connection, row: Row[Any]) -> Any:
    if row.client_id is None:
        return None
    return rows.client_by_id(connection, row.practice_id, row.client_id)


def _mistakes(form: WaitForm, zone: str, now: datetime) -> list[FieldError]:
    errors = []
    if form.part not in {part.value for part in Part}:
        errors.append(FieldError("part", N_("There is no such part of the day.")))
    if not all(0 <= day < _DAYS for day in form.days):
        errors.append(FieldError("days", N_("Days are numbers from 0 (Monday) to 6.")))
    if form.first is not None and form.last is not None and form.last < form.first:
        errors.append(FieldError("until", N_("The last day comes before the first.")))
    elif waitlist.is_over(form.last, zone, now=now):
        errors.append(FieldError("until", N_("This day is past.")))
    if form.mode is not None and form.mode not in {mode.value for mode in Mode}:
        errors.append(FieldError("mode", N_("A mode is in_person or telehealth.")))
    return errors


def _position(connection: Connection, row: Row[Any], now: datetime) -> int | None:
    """From 1 among those who wait for the provider; None for one who waits no more."""
    order = [each.id for each in store.rows_of(connection, row.practice_id, row.provider_id, now=now)]
    return order.index(row.id) + 1 if row.id in order else None


def _view(connection: Connection, row: Row[Any], now: datetime, *, position: int | None) -> WaitingView:
    provider = _provider_of(connection, row)
    offer = store.open_offer(connection, row.id)
    kept = None
    if offer is not None and now < offer.until:
        kept = OfferView(TimeSpan(offer.starts_at, offer.ends_at), offer.mode, offer.until)
    return WaitingView(
        id=row.id,
        practice_slug=provider.practice.slug,
        provider=provider.name,
        provider_slug=provider.slug,
        service=row.service_code,
        service_name=_name_of_service(connection, provider, row.service_code),
        mode=row.mode,
        client_name=row.client_name,
        client_email=row.client_email,
        client_phone=row.client_phone,
        timezone=row.timezone,
        days=tuple(row.days),
        part=row.part,
        first=row.first,
        last=row.last,
        state="lapsed" if _has_lapsed(row, now) else row.state,
        joined_at=row.joined_at,
        position=position,
        offer=kept,
    )


def _has_lapsed(row: Row[Any], now: datetime) -> bool:
    """Whether or not the timer has been here."""
    return bool(row.state == "waiting" and waitlist.is_over(row.last, row.timezone, now=now))


def _note(
    connection: Connection, practice_id: str, actor: str, action: str, waiting_id: str, now: datetime
) -> None:
    audit.note(
        connection,
        practice_id=practice_id,
        at=now,
        actor=actor,
        action=f"waitlist {action}",
        about=f"waiting:{waiting_id}",
    )
