"""The desk: every use case of booking. Each call is one transaction, takes ``now``, and changes all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from booking.desk import (
    access,
    answering,
    asking,
    busy,
    deciding,
    doorkeeping,
    editing,
    entering,
    events,
    finding,
    linking,
    listing,
    marking,
    notice_settings,
    offering,
    offers,
    picturing,
    reassigning,
    recognising,
    reminding,
    rescheduling,
    settling,
    timers,
    weeks,
    wishing,
)
from booking.desk.access import ClientStanding
from booking.desk.answering import AnswerView
from booking.desk.bookings import Case
from booking.desk.editing import Foreseen, Terms
from booking.desk.entering import Entry
from booking.desk.event_views import Made, OtherEventPage, OtherEventView
from booking.desk.forms import (
    STRANGER,
    Asking,
    CalendarChange,
    EntryForm,
    Receipt,
    RequestForm,
    RequestQuery,
    SlotQuery,
    WishForm,
)
from booking.desk.kept import KeptOffers
from booking.desk.means import Means
from booking.desk.notice_settings import NoticeSettings
from booking.desk.picturing import DayView, WhyView
from booking.desk.prime_time import PrimeTime
from booking.desk.recognising import Opened
from booking.desk.regulars import Regulars
from booking.desk.views import (
    BusyAnswer,
    ClientLink,
    ClientPage,
    ExplainAnswer,
    NextSlot,
    PracticeView,
    ProviderView,
    Replayed,
    Requested,
    RequestPage,
    RequestView,
    ServiceView,
    SlotAnswer,
)
from booking.desk.waiting import Waitlist
from booking.desk.weeks import WeekView
from booking.desk.weighing import Weighed
from booking.edits import Edit
from booking.event_forms import EventForm
from booking.ladder import Rule
from booking.notice_texts import Words
from booking.notices import Kind
from booking.ports import LiveCalendars, Mirror, Tokens, Transactions
from booking.recognition import Recognised
from booking.roles import Actor
from booking.series import Scope
from booking.store import finding as rows
from booking.store.former import Kept


class Desk:
    """Raises ``Refused`` for everything it does not do. ``base_url`` has no slash at its end."""

    def __init__(
        self, books: Transactions, mirror: Mirror, tokens: Tokens, live: LiveCalendars, *, base_url: str
    ) -> None:
        self._means = Means(books, mirror, tokens, live, base_url, KeptOffers(mirror))
        self.prime_time = PrimeTime(self._means)
        self.regulars = Regulars(self._means)
        self.waitlist = Waitlist(self._means)

    # Looking

    def practice(self, practice: str) -> PracticeView:
        with self._means.books.read() as connection:
            return finding.practice_view(connection, finding.practice(connection, practice))

    def providers(self, practice: str) -> tuple[ProviderView, ...]:
        """The practice's active providers in its order, open for online booking or not."""
        with self._means.books.read() as connection:
            found = rows.providers_of(connection, finding.practice(connection, practice))
        return tuple(finding.provider_view(known) for known in found if known.active)

    def provider(self, practice: str, provider: str) -> ProviderView:
        with self._means.books.read() as connection:
            return finding.provider_view(finding.provider(connection, practice, provider))

    def providers_named(self, provider: str) -> tuple[ProviderView, ...]:
        """All providers with this slug, in whichever practice, active or not; for the command line."""
        with self._means.books.read() as connection:
            found = rows.providers_named(connection, provider)
        return tuple(finding.provider_view(known) for known in found)

    def services(self, practice: str, provider: str) -> tuple[ServiceView, ...]:
        """What can be asked for online of this provider."""
        with self._means.books.read() as connection:
            known = rows.services_of(connection, finding.provider(connection, practice, provider))
        return tuple(
            finding.service_view(each) for each in known if each.service.active and each.service.online
        )

    def slots(self, query: SlotQuery, *, now: datetime) -> SlotAnswer:
        return offers.slots(self._means, query, now=now)

    def places(self, query: SlotQuery, *, now: datetime) -> dict[datetime, int]:
        """Places left in groups that have begun to fill, by start; for a service for one alone there are none."""
        return offers.places(self._means, query, now=now)

    def slots_document(self, query: SlotQuery, *, now: datetime) -> bytes:
        """The document of ``slots`` as JSON."""
        return offers.slots_document(self._means, query, now=now)

    def slots_in_hand(self, query: SlotQuery, *, now: datetime) -> bytes | None:
        """The same document where it was written before and still stands; None where it has to be made."""
        return offers.slots_in_hand(self._means, query, now=now)

    def next_slots(
        self,
        practice: str,
        service: str,
        *,
        mode: str | None = None,
        limit: int = 5,
        asking: Asking = STRANGER,
        now: datetime,
    ) -> tuple[NextSlot, ...]:
        return offers.next_slots(
            self._means, practice, service, mode=mode, limit=limit, asking=asking, now=now
        )

    def explain(
        self,
        actor: Actor,
        provider: str,
        *,
        service: str,
        start: datetime,
        client_id: str | None = None,
        mode: str | None = None,
        now: datetime,
    ) -> ExplainAnswer:
        return offering.explain(
            self._means,
            actor,
            provider,
            service=service,
            start=start,
            client_id=client_id,
            mode=mode,
            now=now,
        )

    def day(
        self,
        actor: Actor,
        provider: str,
        *,
        service: str | None = None,
        client_id: str | None = None,
        on: date | None = None,
        at: datetime | None = None,
        now: datetime,
    ) -> DayView:
        """A day of the provider as a picture; with ``at`` also why that time can or cannot be booked."""
        return picturing.day(
            self._means, actor, provider, service=service, client_id=client_id, on=on, at=at, now=now
        )

    def week(self, actor: Actor, provider: str, *, first: date | None, days: int, now: datetime) -> WeekView:
        """Some days of a provider with all that takes time in them; ``first`` left out: this week's Monday."""
        return weeks.week(self._means, actor, provider, first=first, days=days, now=now)

    def why(
        self,
        actor: Actor,
        provider: str,
        *,
        service: str | None = None,
        client_id: str | None = None,
        now: datetime,
    ) -> WhyView:
        """Why a client can or cannot book, over the next four weeks."""
        return picturing.why(self._means, actor, provider, service=service, client_id=client_id, now=now)

    def busy(
        self, actor: Actor, provider: str, *, start: date | datetime, end: date | datetime, now: datetime
    ) -> BusyAnswer:
        return busy.busy(self._means, actor, provider, start=start, end=end, now=now)

    # Who may book

    def refused_access(
        self, practice: str, provider: str, *, service: str, asking: Asking = STRANGER, now: datetime
    ) -> str:
        """What to tell a visitor whom a rule of access stops, whatever the time; empty: none does. English."""
        return access.told(self._means, practice, provider, service=service, asking=asking, now=now)

    def in_the_name_of(self, actor: Actor, client_id: str) -> Asking:
        """A client whom staff act for, by id; for a provider never one of other providers alone."""
        return access.in_the_name_of(self._means, actor, client_id)

    def clients(self, actor: Actor, *, now: datetime) -> Sequence[ClientStanding]:
        """Clients whose access the actor may change, those to be looked at first."""
        return access.clients(self._means, actor, now=now)

    def leave_as_is(self, actor: Actor, client_id: str, *, now: datetime) -> None:
        """Repeated late cancellations were looked at, and nothing is changed."""
        access.leave_as_is(self._means, actor, client_id, now=now)

    # What the practice says about its time

    def terms(self, actor: Actor, provider: str, *, now: datetime) -> Terms:
        return editing.terms(self._means, actor, provider, now=now)

    def foresee(self, actor: Actor, edit: Edit, *, now: datetime) -> list[Foreseen]:
        """What a change would open and close, before it is made."""
        return editing.foresee(self._means, actor, edit, now=now)

    def change(self, actor: Actor, edit: Edit, *, now: datetime) -> str | None:
        """Returns by which name the change can be taken back; None: it cannot, or there was none."""
        return editing.change(self._means, actor, edit, now=now)

    def changed(self, actor: Actor, change_id: str) -> Kept | None:
        """A change that can be taken back as things stand."""
        return editing.changed(self._means, actor, change_id)

    def undo_change(self, actor: Actor, change_id: str, *, now: datetime) -> str | None:
        """Puts the former state back, as long as nothing of its kind was changed since."""
        return editing.undo(self._means, actor, change_id, now=now)

    # What clients are told

    def notice_settings(self, actor: Actor) -> NoticeSettings:
        return notice_settings.view(self._means, actor)

    def notice_words(self, actor: Actor, kind: Kind, locale: str) -> Words | None:
        """The practice's own words for a kind in one of its languages; None: it uses the program's."""
        return notice_settings.words(self._means, actor, kind, locale)

    def put_notice_words(
        self, actor: Actor, kind: Kind, locale: str, words: Words | None, *, now: datetime
    ) -> None:
        """None: the program's own words hold again."""
        notice_settings.put_words(self._means, actor, kind, locale, words, now=now)

    def send_mail_again(self, actor: Actor, email_key: str, *, now: datetime) -> None:
        """Mail to this address came back once; from now on it is tried again."""
        notice_settings.try_again(self._means, actor, email_key, now=now)

    # Asking

    def request(self, form: RequestForm, *, now: datetime) -> Requested:
        done = asking.ask(self._means, form, None, now=now)
        if isinstance(done, Replayed):
            raise TypeError("an answer is replayed for a key, and there was none")
        return done

    def request_once(self, form: RequestForm, receipt: Receipt, *, now: datetime) -> Requested | Replayed:
        """The same under an Idempotency-Key: the same key and body get the same answer, and one request."""
        return asking.ask(self._means, form, receipt, now=now)

    def wish(self, form: WishForm, *, now: datetime) -> str:
        """Stores a request without a time, tells the provider, and returns its id."""
        return wishing.wish(self._means, form, now=now)

    def wish_answered(self, actor: Actor, wish_id: str, *, now: datetime) -> None:
        wishing.answered(self._means, actor, wish_id, now=now)

    # Deciding (staff)

    def requests(self, actor: Actor, query: RequestQuery) -> RequestPage:
        with self._means.books.read() as connection:
            return listing.page(connection, self._means, actor, query)

    def request_of(self, actor: Actor, request_id: str) -> RequestView:
        with self._means.books.read() as connection:
            return listing.one(connection, self._means, actor, request_id)

    def answer_view(self, token: str, *, now: datetime) -> AnswerView:
        """A new request as the link in the mail to the provider shows it."""
        with self._means.books.read() as connection:
            return answering.view(connection, self._means, token, now=now)

    def answer_by_link(self, token: str, *, accept: bool, message: str = "", now: datetime) -> None:
        """Accepts or declines by that link, once; of a series all dates that wait."""
        with self._means.books.read() as connection:
            actor, request_id = answering.actor_of(connection, self._means, token)
        if accept:
            self._look(actor, request_id)
        self._means.write(
            lambda connection: answering.answer(
                connection,
                self._means,
                actor,
                token,
                request_id,
                accept=accept,
                message=message,
                now=now,
            )
        )

    def accept(
        self, actor: Actor, request_id: str, *, scope: Scope = Scope.ALL, now: datetime
    ) -> RequestView:
        """Of a series all dates that wait, unless ``scope`` says otherwise.

        Refused with ``slot-unavailable`` if another event takes the time by now, ``expired`` if it is too late.

        The provider's calendars are looked at first; ``calendar-unreadable`` if they have not been read for too long.
        """
        self._look(actor, request_id)
        return self._decide(
            lambda connection: deciding.accept(
                connection, self._means, actor, request_id, scope=scope, now=now
            )
        )

    def decline(
        self,
        actor: Actor,
        request_id: str,
        *,
        message: str = "",
        refer_to: str | None = None,
        scope: Scope = Scope.ALL,
        now: datetime,
    ) -> RequestView:
        """``refer_to`` is the slug of another provider of the practice."""
        return self._decide(
            lambda connection: deciding.decline(
                connection,
                self._means,
                actor,
                request_id,
                message=message,
                refer_to=refer_to,
                scope=scope,
                now=now,
            )
        )

    def cancel(
        self,
        actor: Actor,
        request_id: str,
        *,
        message: str = "",
        scope: Scope = Scope.THIS,
        now: datetime,
    ) -> RequestView:
        return self._decide(
            lambda connection: deciding.cancel(
                connection, self._means, actor, request_id, message=message, scope=scope, now=now
            )
        )

    def undo(self, actor: Actor, request_id: str, *, now: datetime) -> RequestView:
        """Back to the former state; calendars are looked at first where that takes time anew."""
        with self._means.books.read() as connection:
            provider_id = deciding.retaken_from(connection, actor, request_id, now=now)
        if provider_id is not None:
            self._means.live.look(provider_id)
        return self._decide(
            lambda connection: deciding.undo(connection, self._means, actor, request_id, now=now)
        )

    def reschedule(
        self,
        actor: Actor,
        request_id: str,
        start: datetime,
        *,
        scope: Scope = Scope.THIS,
        despite: Collection[Rule] | None = None,
        now: datetime,
    ) -> RequestView:
        """To any minute that nothing else takes; the status stays. ``slot-unavailable`` if something does.

        With ``despite`` all that speaks against the time is asked: what it names is passed over, and that is noted;
        what it does not name comes back as ``Refused.cautions``.
        """
        self._look(actor, request_id)
        return self._decide(
            lambda connection: rescheduling.by_staff(
                connection, self._means, actor, request_id, start, scope=scope, despite=despite, now=now
            )
        )

    def weigh_move(self, actor: Actor, request_id: str, start: datetime, *, now: datetime) -> Weighed:
        """What speaks against another time for a request."""
        with self._means.books.read() as connection:
            return rescheduling.weigh(connection, self._means, actor, request_id, start, now=now)

    def entry(self, actor: Actor, provider: str) -> Entry:
        """What staff can enter for a provider, and for whom."""
        return entering.choices(self._means, actor, provider)

    def enter(
        self, actor: Actor, form: EntryForm, receipt: Receipt, *, now: datetime
    ) -> Requested | Replayed:
        """An appointment that staff make for a client, accepted at once; the client is told.

        ``slot-unavailable`` with ``Refused.cautions`` for what speaks against the time and is not passed over.
        """
        return entering.enter(self._means, actor, form, receipt, now=now)

    def propose(
        self, actor: Actor, request_id: str, starts: Sequence[datetime], *, now: datetime
    ) -> RequestView:
        """Up to three other times, held beside the first one for the client to choose from."""
        self._look(actor, request_id)
        return self._decide(
            lambda connection: rescheduling.propose(
                connection, self._means, actor, request_id, starts, now=now
            )
        )

    def reassign(self, actor: Actor, request_id: str, provider: str, *, now: datetime) -> RequestView:
        """To another provider of the practice, by slug, at the same time; ``slot-unavailable`` if hers is taken."""
        with self._means.books.read() as connection:
            other = reassigning.other_provider(connection, actor, request_id, provider)
        self._means.live.look(other.id)
        return self._decide(
            lambda connection: reassigning.reassign(
                connection, self._means, actor, request_id, provider, now=now
            )
        )

    def _look(self, actor: Actor, request_id: str) -> None:
        with self._means.books.read() as connection:
            provider_id = deciding.provider_of(connection, actor, request_id)
        self._means.live.look(provider_id)

    def _decide(self, work: Callable[[Connection], Case]) -> RequestView:
        def done(connection: Connection) -> RequestView:
            return listing.view(connection, self._means, work(connection))

        return self._means.write(done)

    # The provider's own events

    def events(
        self, actor: Actor, provider: str, *, cursor: str | None = None, limit: int = 50, now: datetime
    ) -> OtherEventPage:
        with self._means.books.read() as connection:
            return events.page(connection, self._means, actor, provider, cursor=cursor, limit=limit, now=now)

    def event(self, actor: Actor, provider: str, event_id: str, *, now: datetime) -> OtherEventView:
        with self._means.books.read() as connection:
            return events.one(connection, self._means, actor, provider, event_id, now=now)

    def events_removed(self, actor: Actor, provider: str, *, now: datetime) -> Sequence[OtherEventView]:
        """Those whose removal can still be taken back, the latest first."""
        with self._means.books.read() as connection:
            return events.removed_lately(connection, self._means, actor, provider, now=now)

    def make_event(
        self, actor: Actor, provider: str, form: EventForm, *, key: str | None = None, now: datetime
    ) -> Made:
        """Written into the calendar within seconds; if Busy, its time is taken at once. One event for one ``key``."""
        return events.create(self._means, actor, provider, form, key=key, now=now)

    def change_event(
        self, actor: Actor, provider: str, event_id: str, changes: Mapping[str, Any], *, now: datetime
    ) -> OtherEventView:
        """``changes`` are fields of ``EventForm``; those left out stay as they are."""
        return events.change(self._means, actor, provider, event_id, changes, now=now)

    def remove_event(self, actor: Actor, provider: str, event_id: str, *, now: datetime) -> OtherEventView:
        return events.remove(self._means, actor, provider, event_id, now=now)

    def undo_event(self, actor: Actor, provider: str, event_id: str, *, now: datetime) -> OtherEventView:
        """Takes a removal back, for half an hour."""
        return events.undo(self._means, actor, provider, event_id, now=now)

    # The client's link

    def client_page(self, token: str, *, now: datetime) -> ClientPage:
        with self._means.books.read() as connection:
            return linking.client_page(connection, self._means, token, now=now)

    def client_cancel(self, token: str, *, scope: Scope = Scope.THIS, now: datetime) -> ClientPage:
        return self._means.write(
            lambda connection: linking.client_cancel(connection, self._means, token, scope, now=now)
        )

    def client_times(
        self,
        token: str,
        *,
        start: date | None = None,
        end: date | None = None,
        zone: str | None = None,
        now: datetime,
    ) -> SlotAnswer:
        """Times the client may move the request to, her own looked past; dates as in ``SlotQuery``."""
        with self._means.books.read() as connection:
            return linking.client_times(connection, self._means, token, start, end, zone, now=now)

    def client_reschedule(
        self, token: str, start: datetime, *, scope: Scope = Scope.THIS, now: datetime
    ) -> ClientPage:
        """Another time on offer, within the notice to reschedule. Both are held until the grace is over."""
        self._look_for(token, now)
        return self._means.write(
            lambda connection: linking.client_reschedule(
                connection, self._means, token, start, scope, now=now
            )
        )

    def client_choose(self, token: str, start: datetime, *, now: datetime) -> ClientPage:
        """One of the times put forward. Refused with ``expired`` once they are no longer kept."""
        self._look_for(token, now)
        return self._means.write(
            lambda connection: linking.client_choose(connection, self._means, token, start, now=now)
        )

    def client_refuse(self, token: str, *, now: datetime) -> ClientPage:
        """None of the times put forward: what stood before stands."""
        return self._means.write(
            lambda connection: linking.client_refuse(connection, self._means, token, now=now)
        )

    def _look_for(self, token: str, now: datetime) -> None:
        with self._means.books.read() as connection:
            provider_id = linking.provider_of_link(connection, self._means, token, now=now)
        self._means.live.look(provider_id)

    def client_link(
        self, practice_id: str, client_id: str, *, kind: str = "sign_in", actor: str = "cli", now: datetime
    ) -> ClientLink:
        """A new link that stands for a client; ``actor`` is who made it, for the audit."""
        return self._means.write(
            lambda connection: linking.client_link(
                connection, self._means, practice_id, client_id, kind=kind, actor=actor, now=now
            )
        )

    def client_link_by(self, actor: Actor, client_id: str, *, kind: str, now: datetime) -> ClientLink:
        """The same by staff, for a client whose record is theirs to see: the link shows who it stands for."""

        def work(connection: Connection) -> ClientLink:
            access.demand_client(connection, actor, client_id)
            return linking.client_link(
                connection, self._means, actor.practice_id, client_id, kind=kind, actor=actor.id, now=now
            )

        return self._means.write(work)

    def client_by_token(self, practice: str, token: str, *, now: datetime) -> Recognised | None:
        """Whom a link stands for in this practice (by slug); None if it stands for nobody."""
        with self._means.books.read() as connection:
            home = finding.practice(connection, practice)
            return finding.by_token(connection, self._means, home.id, token, now=now)

    def ask_code(self, practice: str, address: str, *, locale: str, now: datetime) -> None:
        """Sends a code to a mailbox that is known here. The answer is the same for one that is not."""
        recognising.ask_code(self._means, practice, address, locale=locale, now=now)

    def recognise(self, practice: str, address: str, code: str, *, now: datetime) -> Sequence[Opened]:
        """The clients the owner of the mailbox may book for; empty if the code opens nothing (any more)."""
        return recognising.recognise(self._means, practice, address, code, now=now)

    # The calendar's answers and the clock

    def settle(self, connection: Connection, change: CalendarChange, *, now: datetime) -> str:
        """Draws the consequence of a change, in the caller's write transaction; returns the outcome in a word."""
        return settling.settle(connection, self._means, change, now=now)

    def settle_graces(self, *, now: datetime) -> int:
        """Tells people of decisions whose grace is over; how many there were."""
        return timers.settle_graces(self._means, now=now)

    def remind(self, *, now: datetime) -> int:
        """Reminds clients of appointments where it is time to; how many reminders there were."""
        return reminding.remind(self._means, now=now)

    def expire(self, *, now: datetime) -> int:
        """Ends requests and proposals whose time is up; how many there were."""
        return timers.expire(self._means, now=now)

    def look_at_doors(self, *, now: datetime) -> int:
        """Opens and closes load-aware doors for new clients; how many turned."""
        return doorkeeping.look_at_doors(self._means, now=now)

    def release_holds(self, *, now: datetime) -> int:
        """Records releases of prime time that are due, and opens dates of regulars that are cancelled.

        Calendars that show held time show what is held then. Returns how much of all that was done.
        """
        done = timers.release_holds(self._means, now=now) + self.regulars.free_cancelled(now=now)
        return done + marking.keep_markers(self._means, now=now)
