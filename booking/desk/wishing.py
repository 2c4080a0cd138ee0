"""None of the times suit: the client says in words what would, and the provider is told."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from booking import privacy
from booking.clients import clean_email, clean_line, clean_text, person_errors, text_errors
from booking.desk import finding
from booking.desk.forms import WishForm
from booking.desk.means import Means
from booking.notices import Audience, Kind
from booking.refusals import Problem, Refused
from booking.roles import Actor
from booking.store import audit, claims, idempotency, mail, privacy_texts, wishes


def wish(means: Means, form: WishForm, *, now: datetime) -> str:
    return means.write(lambda connection: _store(connection, means, form, now))


def answered(means: Means, actor: Actor, wish_id: str, *, now: datetime) -> None:
    """Note that a client's wish was answered, by mail or telephone; once more changes nothing."""

    def work(connection: Connection) -> None:
        found = wishes.find(connection, wish_id)
        if found is None or not actor.sees(found.practice_id, found.provider_id):
            raise Refused(Problem.NOT_FOUND)
        if found.answered_at is None:
            wishes.answered(connection, wish_id, now=now)
            audit.note(
                connection, practice_id=found.practice_id, at=now, actor=actor.id, action="wish answered",
                about=f"wish:{wish_id}",
            )  # fmt: skip

    means.write(work)


def _store(connection: Connection, means: Means, form: WishForm, now: datetime) -> str:
    provider = finding.provider(connection, form.practice, form.provider)
    name, email, phone = clean_line(form.name), clean_email(form.email), clean_line(form.phone)
    text = clean_text(form.text)
    errors = [*person_errors(name=name, email=email, phone=phone), *text_errors("text", text, needed=True)]
    unread = privacy.mistake(provider.practice.page.privacy_text, form.privacy)
    errors += [] if unread is None else [unread]
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
    practice_id = provider.practice.id
    client = finding.client_of(connection, means, practice_id, form.asking, now=now)
    once = _once(form)
    claims.lock(connection, [f"idempotency:{practice_id}:{once}"])
    kept = idempotency.find(connection, practice_id=practice_id, key=once) if form.key else None
    if kept is not None:
        return kept.answer.decode()
    accepted = privacy.acceptance(provider.practice.page.privacy_text, form.privacy, now=now)
    privacy_texts.keep(connection, practice_id, accepted)
    wish_id = wishes.add(
        connection,
        practice_id=practice_id,
        provider_id=provider.id,
        text=text,
        name=name,
        email=email,
        phone=phone,
        client_id=None if client is None else client.id,
        accepted=accepted,
        now=now,
    )
    if form.key:
        idempotency.keep(
            connection, practice_id=practice_id, key=once, body_hash="", answer=wish_id.encode(), now=now
        )
    mail.queue(
        connection,
        practice_id=practice_id,
        dedupe=f"{wish_id}:wish",
        kind=Kind.WISH.value,
        audience=Audience.PROVIDER.value,
        recipient=provider.email,
        facts={"provider_id": provider.id},
        request_id=None,
        now=now,
    )
    audit.note(
        connection, practice_id=practice_id, at=now, actor="client", action="wish", about=f"wish:{wish_id}"
    )
    return wish_id


def _once(form: WishForm) -> str:
    """Names these words under this key, and tells nothing of them."""
    typed = repr((form.key, form.provider, form.text, form.name, form.email, form.phone))
    return f"wish-{hashlib.sha256(typed.encode()).hexdigest()}"
