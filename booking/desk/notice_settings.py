"""What a practice decides about its notices: switches, reminders, words of its own, and mail that came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from booking.desk import finding
from booking.desk.means import Means
from booking.notice_texts import KINDS, Words, cleaned, mistakes
from booking.notices import Kind
from booking.practice import Practice
from booking.refusals import Problem, Refused
from booking.roles import Action, Actor
from booking.store import audit, mail, notice_texts
from booking.store.finding import KnownPractice
from booking.store.practices import load_practice


@dataclass(frozen=True, slots=True)
class Returned:
    """An address whose mail came back. ``key`` names it in a form."""

    key: str
    address: str
    code: str
    returned_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """``changed`` are kind and language of all that has words of the practice's own."""

    practice: Practice
    changed: frozenset[tuple[str, str]]
    returned: tuple[Returned, ...]


def view(means: Means, actor: Actor) -> NoticeSettings:
    with means.books.read() as connection:
        home = _home(connection, actor)
        practice = load_practice(connection, home.slug)
        if practice is None:
            raise Refused(Problem.NOT_FOUND)
        found = mail.returned(connection, home.id)
        return NoticeSettings(
            practice,
            frozenset(notice_texts.changed(connection, home.id)),
            tuple(Returned(key, *each) for key, each in found.items()),
        )


def words(means: Means, actor: Actor, kind: Kind, locale: str) -> Words | None:
    """The practice's own words; None: it uses the program's."""
    with means.books.read() as connection:
        home = _home(connection, actor)
        _check_place(home, kind, locale)
        return notice_texts.words_for(connection, practice_id=home.id, kind=kind.value, locale=locale)


def put_words(
    means: Means, actor: Actor, kind: Kind, locale: str, given: Words | None, *, now: datetime
) -> None:
    """Stores words without a mistake; None: the program's own hold again. Refused with ``invalid`` by field."""
    words = None if given is None else cleaned(given)
    errors = [] if words is None else list(mistakes(words))

    def work(connection: Connection, home: KnownPractice) -> None:
        _check_place(home, kind, locale)
        if errors:
            raise Refused(Problem.INVALID, errors=errors)
        notice_texts.put(
            connection, practice_id=home.id, kind=kind.value, locale=locale, words=words, now=now
        )

    _noted(means, actor, work, f"notice_text {'reset' if words is None else 'put'} {kind.value}", now)


def try_again(means: Means, actor: Actor, email_key: str, *, now: datetime) -> None:
    """Mail is sent to an address again from now on; once more changes nothing."""

    def work(connection: Connection, home: KnownPractice) -> None:
        mail.forget_returned(connection, practice_id=home.id, email_key=email_key)

    _noted(means, actor, work, "returned_mail again", now)


def _noted(
    means: Means, actor: Actor, work: Callable[[Connection, KnownPractice], None], action: str, now: datetime
) -> None:
    def done(connection: Connection) -> None:
        home = _home(connection, actor)
        work(connection, home)
        audit.note(
            connection,
            practice_id=home.id,
            at=now,
            actor=actor.id,
            action=action[:60],
            about=f"practice:{home.id}",
        )

    means.write(done)


def _home(connection: Connection, actor: Actor) -> KnownPractice:
    finding.demand(actor, Action.SETTINGS)
    return finding.practice_of(connection, actor)


def _check_place(home: KnownPractice, kind: Kind, locale: str) -> None:
    if kind not in KINDS or locale not in home.page.locales:
        raise Refused(Problem.NOT_FOUND)
