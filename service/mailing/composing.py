"""From a row of the outbox to the mail it stands for: words, link, and what it does to the recipient's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from booking import client_event
from booking.channel_texts import short_text
from booking.client_event import ClientEvent, Mailbox, Method
from booking.ladder import N_
from booking.store.notice_texts import words_for
from service.mailing.facts import Facts, facts_of
from service.mailing.language import translator
from service.mailing.letters import is_known, letter_of, values_of
from service.mailing.message import Invitation, message_of
from sync.model.timespan import TimeSpan

if TYPE_CHECKING:
    from service.runtime import Runtime


def compose(connection: Connection, runtime: Runtime, row: Row[Any], now: datetime) -> EmailMessage:
    """The mail a row stands for. Raises ``ValueError`` if it can never be one."""
    if not is_known(row.kind):
        raise ValueError(f"no letter is written for notices of kind {row.kind}")
    facts = facts_of(connection, row, base_url=runtime.settings.base_url, tokens=runtime.tokens)
    own = words_for(connection, practice_id=row.practice_id, kind=row.kind, locale=facts.locale)
    sender = runtime.settings.mail_from
    return message_of(
        letter_of(row.kind, facts, translator(facts.locale), own),
        facts=facts,
        sender=sender,
        recipient=row.recipient,
        dedupe=row.id,
        now=now,
        reply_to=facts.practice_email if row.audience == "client" else "",
        invitation=_invitation(row, facts, sender, now),
    )


def compose_short(connection: Connection, runtime: Runtime, row: Row[Any]) -> tuple[str, str]:
    """Title and text of a row that goes by another way than mail. Names a client only where its facts do."""
    facts = facts_of(connection, row, base_url=runtime.settings.base_url, tokens=runtime.tokens)
    letter = letter_of(row.kind, facts, translator(facts.locale))
    to_client = row.audience == "client"
    text = short_text(
        values_of(facts),
        client="" if to_client else row.facts.get("client") or "",
        # What a gateway keeps must open nothing: the practice's own link asks for sign-in, the client's does not.
        link="" if to_client else facts.address,
    )
    return letter.subject, text


def _invitation(row: Row[Any], facts: Facts, sender: str, now: datetime) -> Invitation | None:
    if row.method is None or facts.request_id is None or facts.start is None or facts.end is None:
        return None
    method = Method(row.method)
    from_address = parseaddr(sender)[1]
    organizer = facts.practice_email or from_address
    event = ClientEvent(
        request_id=facts.request_id,
        sequence=row.sequence,
        span=TimeSpan(facts.start, facts.end),
        zone=facts.zone,
        summary=event_title(facts.provider, facts.locale),
        organizer=Mailbox(organizer, facts.practice),
        attendee=row.recipient,
        sender=None if organizer == from_address else from_address,
        location=facts.where or facts.video,
        description=event_text(facts.practice, facts.phone, facts.video),
        url=facts.video,
    )
    others = [
        replace(
            event,
            request_id=each.request_id,
            sequence=each.sequence,
            span=TimeSpan(each.start, each.end),
            attendee=None,
        )
        for each in facts.dates
    ]
    return Invitation(
        method,
        client_event.write(event, method, stamp=now),
        others=client_event.write_all(others, Method.PUBLISH, stamp=now, gone=method is Method.CANCEL)
        if others
        else "",
    )


def event_title(provider: str, locale: str) -> str:
    """What the client's calendar shows: with whom, and nothing of what for."""
    return str(translator(locale)(N_("Appointment with %(provider)s")) % {"provider": provider})


def event_text(practice: str, phone: str, video: str) -> str:
    """No link to the client's page: calendars are shared more readily than mailboxes."""
    return "\n".join(part for part in (practice, phone, video) if part)
