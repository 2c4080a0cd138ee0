"""What a letter is made of: facts frozen when the notice was decided, and the names that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from booking.desk.answering import token_of
from booking.languages import best
from booking.mail_limits import CODE
from booking.recognition import code_from, spaced
from booking.store.tables import practice, provider, request, service
from service.people.sign_in import MAIL_KIND, login_url
from service.secrecy import TokenMaker


@dataclass(frozen=True, slots=True)
class FurtherDate:
    """Another date of a series: the request it is, its time, and the SEQUENCE it is told with."""

    request_id: str
    start: datetime
    end: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Instants are UTC. ``zone`` is the one the reader lives by; ``address`` is what the letter's link leads to.

    ``locale`` is one of the practice's: for a client the nearest to their own, for others the first.
    """

    practice: str
    phone: str
    provider: str
    service: str
    start: datetime | None
    end: datetime | None
    zone: str
    practice_zone: str
    client: str
    message: str
    expires_at: datetime | None
    refer_to: str
    address: str
    text: str
    """What an account or a calendar answered, in English; ``hint`` says more of it."""
    locale: str
    hint: str = ""
    practice_email: str = ""
    where: str = ""
    video: str = ""
    proposed: tuple[datetime, ...] = ()
    more: tuple[datetime, ...] = ()
    """Starts of further dates of a series that the mail is about too."""
    dates: tuple[FurtherDate, ...] = ()
    """The same dates, as a calendar file needs them."""
    code: str = ""
    practice_id: str = ""
    request_id: str | None = None


def facts_of(connection: Connection, row: Row[Any], *, base_url: str, tokens: TokenMaker) -> Facts:
    """The facts of one row of the mail outbox. Values frozen in the row come before those of the request now."""
    frozen: dict[str, Any] = dict(row.facts)
    home = connection.execute(select(practice).where(practice.c.id == row.practice_id)).one()
    found = None
    if row.request_id is not None:
        found = connection.execute(select(request).where(request.c.id == row.request_id)).one_or_none()
    provider_id = frozen.get("provider_id") or (found.provider_id if found else None)
    person = _provider(connection, provider_id)
    to_client = row.audience == "client"
    wanted = (found.locale if found and to_client else "") or frozen.get("locale")
    zone = frozen.get("zone") or _zone(found, person, home, to_client)
    return Facts(
        practice=home.name,
        phone=home.phone,
        provider=frozen.get("provider") or (person.name if person else ""),
        service=frozen.get("service") or _service_name(connection, found),
        start=_instant(frozen.get("start")) or (found.starts_at if found else None),
        end=_instant(frozen.get("end")) or (found.ends_at if found else None),
        zone=zone,
        practice_zone=person.timezone if person else home.timezone,
        client=frozen.get("client") or (found.client_name if found else ""),
        message=frozen.get("message") or (found.message if found else ""),
        expires_at=_instant(frozen.get("expires_at")) or (found.expires_at if found else None),
        refer_to=frozen.get("refer_to") or "",
        address=_address(row, base_url, tokens, to_client),
        text=frozen.get("text") or "",
        hint=frozen.get("hint") or "",
        locale=best((wanted,) if wanted else (), home.page.get("locales") or ("en",)),
        practice_email=home.email,
        where=frozen.get("where") or "",
        video=frozen.get("video") or "",
        proposed=tuple(datetime.fromisoformat(each) for each in frozen.get("proposed", ())),
        code=spaced(code_from(tokens.derive(CODE, frozen["code"]))) if row.kind == CODE else "",
        more=tuple(datetime.fromisoformat(each) for each in frozen.get("more", ())),
        dates=tuple(_date(each) for each in frozen.get("dates", ())),
        practice_id=row.practice_id,
        request_id=row.request_id,
    )


def _date(plain: Mapping[str, Any]) -> FurtherDate:
    start, end = (datetime.fromisoformat(plain[name]) for name in ("start", "end"))
    return FurtherDate(plain["id"], start, end, plain["sequence"])


def _provider(connection: Connection, provider_id: str | None) -> Row[Any] | None:
    if provider_id is None:
        return None
    return connection.execute(select(provider).where(provider.c.id == provider_id)).one_or_none()


def _service_name(connection: Connection, found: Row[Any] | None) -> str:
    if found is None:
        return ""
    return connection.execute(select(service.c.name).where(service.c.id == found.service_id)).scalar() or ""


def _zone(found: Row[Any] | None, person: Row[Any] | None, home: Row[Any], to_client: bool) -> str:
    if to_client and found is not None and found.client_timezone:
        return str(found.client_timezone)
    return str(person.timezone if person else home.timezone)


def _address(row: Row[Any], base_url: str, tokens: TokenMaker, to_client: bool) -> str:
    if row.kind == MAIL_KIND:
        return login_url(tokens, row.facts["link"], base_url=base_url)
    if row.kind in ("account_lost", "account_well") and row.audience == "provider":
        return f"{base_url}/provider/calendars"
    if row.kind in ("waitlist_joined", "waitlist_offer"):
        return f"{base_url}/w/{tokens.derive('waitlist', row.facts['waiting'])}"
    if row.request_id is None:
        return f"{base_url}/ops" if row.audience == "ops" else f"{base_url}/provider"
    if row.kind == "new_request" and row.channel_id is None:
        return f"{base_url}/d/{token_of(tokens, row.request_id, row.facts['provider_id'])}"
    if to_client:
        return f"{base_url}/r/{tokens.derive('manage', row.request_id)}"
    return f"{base_url}/provider/requests/{row.request_id}"


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
