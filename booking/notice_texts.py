"""The words of notices to clients: the program's own, and a practice's, with placeholders and nothing else in them.

A placeholder is a name in braces, ``{provider}``. Nothing is evaluated: a name is in the list below, or it is a mistake
that is told at its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from booking.ladder import N_
from booking.notices import Kind
from booking.refusals import FieldError
from sync.model.text import multi_line, single_line

Translate = Callable[[str], str]

SUBJECT_LENGTH = 120
BODY_LENGTH = 4000

PLACEHOLDERS: Mapping[str, str] = {
    "practice": N_("the name of the practice"),
    "phone": N_("the practice's telephone number"),
    "provider": N_("the name of the provider"),
    "service": N_("the name of the service"),
    "when": N_("day, time and zone of the appointment"),
    "where": N_("the place, once it is certain"),
    "video": N_("the address of the video session, once it is certain"),
    "until": N_("when the answer is due at the latest"),
    "message": N_("what the provider wrote with the decision"),
    "other": N_("another provider who was named instead"),
    "times": N_("the times that are proposed"),
}
"""What may stand in a text, and what it means. The link to the client's page is below every mail by itself."""

IN_SUBJECT = frozenset({"practice"})
"""A mailbox that others see tells nothing: neither who, nor what, nor when."""


@dataclass(frozen=True, slots=True)
class Words:
    """A subject in one line; paragraphs of the body are parted by empty lines."""

    subject: str
    body: str


_ABOUT = "{service}, {provider}\n{when}"
_PLACE = "{where}\n{video}"

_CALL = N_("Questions? Call {practice}: {phone}")
_SAYS = N_("{provider} writes: {message}")
_ANOTHER = N_("You are welcome to ask for another time.")
_APPOINTMENT = N_("Your appointment")
_REQUEST = N_("Your appointment request")

_OWN: Mapping[Kind, tuple[str, tuple[str, ...]]] = {
    Kind.CREATED: (
        _REQUEST,
        (
            N_("Your request has reached {provider}. The time is held for you until it is answered."),
            _ABOUT,
            N_("You will have an answer by {until} at the latest."),
            _CALL,
        ),
    ),
    Kind.CONFIRMED: (
        N_("Your appointment is confirmed"),
        (N_("Your appointment is confirmed."), _ABOUT, _PLACE, _SAYS, _CALL),
    ),
    Kind.DECLINED: (
        _REQUEST,
        (
            N_("{provider} cannot offer you this time."),
            _ABOUT,
            _SAYS,
            N_("You could ask {other} instead."),
            _ANOTHER,
            _CALL,
        ),
    ),
    Kind.EXPIRED: (
        _REQUEST,
        (
            N_("Your request was not answered in time, so the time is no longer held for you. We are sorry."),
            _ABOUT,
            _ANOTHER,
            _CALL,
        ),
    ),
    Kind.CANCELLED: (
        N_("Your appointment was cancelled"),
        (N_("This appointment was cancelled:"), _ABOUT, _SAYS, _CALL),
    ),
    Kind.DELETED: (
        N_("Your appointment was cancelled"),
        (N_("{provider} had to cancel this appointment:"), _ABOUT, _SAYS, _CALL),
    ),
    Kind.RESCHEDULED: (
        N_("Your appointment has a new time"),
        (N_("Your appointment has been moved. The new time is:"), _ABOUT, _PLACE, _SAYS, _CALL),
    ),
    Kind.PROVIDER_CHANGED: (
        _APPOINTMENT,
        (N_("Your appointment is with {provider} now."), _ABOUT, _PLACE, _SAYS, _CALL),
    ),
    Kind.PROPOSED: (
        _APPOINTMENT,
        (
            N_("{provider} proposes another time. Nothing changes until you have chosen."),
            _ABOUT,
            N_("Proposed: {times}"),
            N_("Please answer by {until}."),
            _CALL,
        ),
    ),
    Kind.REMINDER: (
        _APPOINTMENT,
        (N_("We look forward to seeing you:"), _ABOUT, _PLACE, _CALL),
    ),
    Kind.UNDONE: (
        _APPOINTMENT,
        (
            N_(
                "The last message about this appointment no longer holds: what stood before it is true again."
            ),
            _ABOUT,
            _PLACE,
            _CALL,
        ),
    ),
}

KINDS: tuple[Kind, ...] = tuple(_OWN)
"""Kinds that have words a practice can change."""

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


def own_words(kind: Kind, translate: Translate = str) -> Words:
    """The program's own words for a kind, in the language of ``translate``."""
    subject, parts = _OWN[kind]
    return Words(
        translate(subject),
        "\n\n".join(part if part in (_ABOUT, _PLACE) else translate(part) for part in parts),
    )


def cleaned(words: Words) -> Words:
    """As it is stored: the subject in one line, the body without stray control characters."""
    return Words(" ".join(single_line(words.subject).split()), multi_line(words.body).strip())


def mistakes(words: Words) -> Iterator[FieldError]:
    """All that is wrong with a practice's words, at the field it stands in."""
    if not words.subject:
        yield FieldError("subject", N_("A subject is needed."))
    if len(words.subject) > SUBJECT_LENGTH:
        yield FieldError("subject", N_("A subject has at most 120 characters."))
    if not words.body:
        yield FieldError("body", N_("Some words are needed."))
    if len(words.body) > BODY_LENGTH:
        yield FieldError("body", N_("A text has at most 4000 characters."))
    yield from _misplaced("subject", words.subject, IN_SUBJECT)
    yield from _misplaced("body", words.body, frozenset(PLACEHOLDERS))


def _misplaced(field: str, text: str, allowed: frozenset[str]) -> Iterator[FieldError]:
    for found in _BRACES.finditer(text):
        name = found[1]
        if name is None:
            yield FieldError(field, N_("A brace stands alone. Placeholders are written {provider}."))
        elif name not in PLACEHOLDERS:
            yield FieldError(field, N_("There is a placeholder in it that is not in the list."))
        elif name not in allowed:
            yield FieldError(
                field, N_("A subject names neither person nor time: only {practice} may stand in it.")
            )


def filled(words: Words, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Subject and paragraphs. A line is left out if one of its placeholders has nothing to say; so is what is empty."""
    subject = _fill(words.subject, values) or ""
    paragraphs = []
    for part in _PARAGRAPH.split(words.body):
        lines = [line for line in (_fill(line, values) for line in part.split("\n")) if line]
        if lines:
            paragraphs.append("\n".join(lines))
    return subject, tuple(paragraphs)


def _fill(line: str, values: Mapping[str, str]) -> str | None:
    """None for a line with a placeholder that is empty."""
    names = [found[1] for found in _BRACES.finditer(line) if found[1] in PLACEHOLDERS]
    if any(not values.get(name) for name in names):
        return None
    return _BRACES.sub(lambda found: values[found[1]] if found[1] in PLACEHOLDERS else found[0], line)
