"""A client or contact is recognised by a code in their mailbox. Answers tell nobody who is known here.

Every step does the same work and gives the same answer for an address that is known and for one that is not; what
differs is the outbox, and whether a mail leaves there.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from booking.clients import clean_email, email_key, is_email
from booking.desk import finding
from booking.desk.linking import LASTS
from booking.desk.means import Means
from booking.ladder import N_
from booking.mail_limits import CODE
from booking.notices import Audience
from booking.recognition import LIFE, MOST_OPEN, Recognised, cleaned_code, code_from, stands_for
from booking.refusals import FieldError, Problem, Refused
from booking.store import audit, capabilities, claims, identity_codes, mail
from booking.store.finding import clients_of
from sync.model.identity import new_id

_PURPOSE = "code"
_KIND = "sign_in"


@dataclass(frozen=True, slots=True)
class Opened:
    """A client whose name the visitor may book in, and the token that says so."""

    who: Recognised
    token: str


def ask_code(means: Means, practice: str, address: str, *, locale: str, now: datetime) -> None:
    """A code is on its way to a mailbox that is known here. Refused with ``invalid`` for what is no address."""
    email = _email(address)

    def work(connection: Connection) -> None:
        home = finding.practice(connection, practice)
        key = email_key(email)
        known = bool(stands_for(email, clients_of(connection, home.id)))
        claims.lock(connection, [f"code:{home.id}:{key}"])
        if identity_codes.open_count(connection, practice_id=home.id, email_key=key, now=now) >= MOST_OPEN:
            return
        id = new_id()
        identity_codes.add(connection, id=id, practice_id=home.id, email_key=key, now=now)
        mail.queue(
            connection,
            practice_id=home.id,
            dedupe=f"{CODE}:{id}",
            kind=CODE,
            audience=Audience.CLIENT.value,
            recipient=email if known else "",
            facts={"code": id, "locale": locale},
            request_id=None,
            now=now,
            useless_at=now + LIFE,
            dropped=None if known else "unknown",
        )

    means.write(work)


def recognise(means: Means, practice: str, address: str, code: str, *, now: datetime) -> list[Opened]:
    """The clients the owner of the mailbox may book for; empty: the code is not right, too old, or was used."""
    email = clean_email(address)
    typed = cleaned_code(code)

    def work(connection: Connection) -> list[Opened]:
        home = finding.practice(connection, practice)
        key = email_key(email)
        found = stands_for(email, clients_of(connection, home.id))
        matched = [
            id
            for id in identity_codes.try_all(connection, practice_id=home.id, email_key=key, now=now)
            if hmac.compare_digest(code_of(means, id).encode(), typed.encode())
        ]
        if not matched or not found:
            return []
        identity_codes.use(connection, matched[0], now=now)
        return [_open(connection, means, home.id, each, key, now) for each in found]

    return means.write(work)


def code_of(means: Means, id: str) -> str:
    return code_from(means.tokens.derive(_PURPOSE, id))


def _open(
    connection: Connection, means: Means, practice_id: str, who: Recognised, key: str, now: datetime
) -> Opened:
    token = means.tokens.derive(_KIND, new_id())
    capabilities.add(
        connection,
        token_hash=means.tokens.hash(token),
        practice_id=practice_id,
        kind=_KIND,
        client_id=who.client.id,
        email_key=key,
        now=now,
        expires_at=now + LASTS[_KIND],
    )
    audit.note(
        connection,
        practice_id=practice_id,
        at=now,
        actor="client" if who.contact is None else "contact",
        action="recognised",
        about=f"client:{who.client.id}",
    )
    return Opened(who, token)


def _email(address: str) -> str:
    email = clean_email(address)
    if not is_email(email):
        error = FieldError("email", N_("This is not a mail address."))
        raise Refused(Problem.INVALID, errors=[error])
    return email
