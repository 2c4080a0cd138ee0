"""The desk: every use case of booking. Each call is one transaction, takes ``now``, and changes all or nothing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from booking.desk.forms import (
    STRANGER,
    Asking,
    CalendarChange,
    Receipt,
    RequestForm,
    RequestQuery,
    SlotQuery,
    WishForm,
)
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
from booking.ports import Mirror, Tokens, Transactions
from booking.practice import Client
from booking.roles import Actor


class Desk:
    """Raises ``Refused`` for everything it does not do. ``base_url`` has no slash at its end."""

    def __init__(self, books: Transactions, mirror: Mirror, tokens: Tokens, *, base_url: str) -> None:
        raise NotImplementedError

    # Looking

    def practice(self, practice: str) -> PracticeView:
        raise NotImplementedError

    def providers(self, practice: str) -> tuple[ProviderView, ...]:
        """Providers of a practice who take bookings online, in the practice's order."""
        raise NotImplementedError

    def provider(self, practice: str, provider: str) -> ProviderView:
        raise NotImplementedError

    def providers_named(self, provider: str) -> tuple[ProviderView, ...]:
        """All providers with this slug, in whichever practice; for the command line."""
        raise NotImplementedError

    def services(self, practice: str, provider: str) -> tuple[ServiceView, ...]:
        raise NotImplementedError

    def slots(self, query: SlotQuery, *, now: datetime) -> SlotAnswer:
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

    def busy(
        self, actor: Actor, provider: str, *, start: date | datetime, end: date | datetime
    ) -> BusyAnswer:
        raise NotImplementedError

    # Asking

    def request(self, form: RequestForm, *, now: datetime) -> Requested:
        raise NotImplementedError

    def request_once(self, form: RequestForm, receipt: Receipt, *, now: datetime) -> Requested | Replayed:
        raise NotImplementedError

    def wish(self, form: WishForm, *, now: datetime) -> str:
        """Stores a request without a time, tells the provider, and returns its id."""
        raise NotImplementedError

    # Deciding (staff)

    def requests(self, actor: Actor, query: RequestQuery) -> RequestPage:
        raise NotImplementedError

    def request_of(self, actor: Actor, request_id: str) -> RequestView:
        raise NotImplementedError

    def accept(self, actor: Actor, request_id: str, *, now: datetime) -> RequestView:
        raise NotImplementedError

    def decline(
        self, actor: Actor, request_id: str, *, message: str = "", refer_to: str | None = None, now: datetime
    ) -> RequestView:
        raise NotImplementedError

    def cancel(self, actor: Actor, request_id: str, *, message: str = "", now: datetime) -> RequestView:
        raise NotImplementedError

    def undo(self, actor: Actor, request_id: str, *, now: datetime) -> RequestView:
        raise NotImplementedError

    # The client's link

    def client_page(self, token: str, *, now: datetime) -> ClientPage:
        raise NotImplementedError

    def client_cancel(self, token: str, *, now: datetime) -> ClientPage:
        raise NotImplementedError

    def client_link(
        self, practice_id: str, client_id: str, *, kind: str = "sign_in", now: datetime
    ) -> ClientLink:
        raise NotImplementedError

    def client_by_token(self, practice: str, token: str, *, now: datetime) -> Client | None:
        raise NotImplementedError

    # The calendar's answers and the clock

    def settle(self, connection: Connection, change: CalendarChange, *, now: datetime) -> str:
        """Draws the consequence of a change, in the caller's write transaction; returns the outcome in a word."""
        raise NotImplementedError

    def settle_graces(self, *, now: datetime) -> int:
        raise NotImplementedError

    def expire(self, *, now: datetime) -> int:
        raise NotImplementedError

    def release_holds(self, *, now: datetime) -> int:
        raise NotImplementedError
