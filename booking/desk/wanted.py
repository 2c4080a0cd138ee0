"""A request form, read: cleaned words, rows for the names in it, and all that is wrong with it at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from booking import privacy, series
from booking.clients import clean_email, clean_line, clean_text, email_key, person_errors, text_errors
from booking.desk import finding, window
from booking.desk.forms import Receipt, Recurring, RequestForm
from booking.desk.means import Means
from booking.ladder import N_
from booking.practice import Client, Contact, Mode
from booking.privacy import Acceptance
from booking.refusals import FieldError, Problem, Refused
from booking.series import BadSeries, Plan
from booking.store.finding import KnownProvider, KnownService

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A form, cleaned and in order, with the rows it names."""

    provider: KnownProvider
    service: KnownService
    client: Client | None
    contact: Contact | None
    start: datetime
    mode: Mode | None
    name: str
    email: str
    phone: str
    note: str
    sender_key: str | None
    timezone: str | None
    locale: str
    accepted: Acceptance | None = None
    """Of the practice's privacy text; None: none was asked for."""
    plan: Plan | None = None
    recurring: Recurring | None = None
    looked: bool = False
    """The live calendars were read just now."""

    @property
    def email_key(self) -> str:
        return email_key(self.email)

    @property
    def whose(self) -> str:
        """The name under which open requests are counted, and locked while they are."""
        whom = self.client.id if self.client else f"{self.email_key}|{self.sender_key}"
        return f"asker:{self.provider.practice.id}:{whom}"


def read_form(
    connection: Connection, means: Means, form: RequestForm, receipt: Receipt | None, *, now: datetime
) -> Wanted:
    """Raises ``Refused``: ``not-found`` for the place it was sent to, ``invalid`` with everything that is wrong."""
    provider = finding.provider(connection, form.practice, form.provider)
    name, email, phone = clean_line(form.name), clean_email(form.email), clean_line(form.phone)
    note = clean_text(form.note)
    errors = [*person_errors(name=name, email=email, phone=phone), *text_errors("note", note)]
    unread = privacy.mistake(provider.practice.page.privacy_text, form.privacy)
    errors += [] if unread is None else [unread]
    if form.start.tzinfo is None:
        errors.append(FieldError("start", N_("A time needs its offset from UTC.")))
    if receipt is not None and not _KEY.fullmatch(receipt.key):
        errors.append(FieldError("Idempotency-Key", N_("A key has 1 to 200 visible ASCII characters.")))
    found: list[KnownService] = []
    for check in (
        lambda: found.append(finding.service(connection, provider, form.service)),
        lambda: window.a_mode(form.mode),
        lambda: finding.client_of(connection, means, provider.practice.id, form.asking, now=now),
    ):
        try:
            check()
        except Refused as refused:
            errors += refused.errors
    repeats: Plan | None = None
    if form.recurring is not None and found and form.start.tzinfo is not None:
        try:
            repeats = _plan(form, form.recurring, provider, found[0])
        except BadSeries as error:
            errors.append(FieldError("recurrence", str(error)))
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
    who = finding.asked_by(connection, means, provider.practice.id, form.asking, now=now)
    return Wanted(
        provider=provider,
        service=found[0],
        client=None if who is None else who.client,
        contact=None if who is None else who.contact,
        start=form.start,
        mode=window.a_mode(form.mode),
        name=name,
        email=email,
        phone=phone,
        note=note,
        # Keyed, for the addresses of networks are few enough to be tried one by one.
        sender_key=means.tokens.derive("sender", form.sender) if form.sender else None,
        timezone=_zone(form.timezone),
        plan=repeats,
        recurring=form.recurring,
        locale=a_locale(form.locale, provider),
        accepted=privacy.acceptance(provider.practice.page.privacy_text, form.privacy, now=now),
    )


def _plan(form: RequestForm, recurring: Recurring, provider: KnownProvider, service: KnownService) -> Plan:
    if service.service.capacity > 1:
        raise BadSeries("a seat in a group is asked for date by date")
    return series.plan(form.start, provider.timezone, rule=recurring.rule, dates=recurring.dates)


def a_locale(given: str, provider: KnownProvider) -> str:
    """The client's language; of one who named none, the practice's first."""
    return given if _LOCALE.fullmatch(given) else provider.practice.page.locales[0]


def _zone(name: str | None) -> str | None:
    """The client's zone as their browser names it; what is none is left out."""
    try:
        return None if not name else ZoneInfo(name).key[:64]
    except (ValueError, OSError, KeyError):
        return None
