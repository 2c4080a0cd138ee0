"""Forms about notices: switches, reminders and texts as they are typed, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from booking.edits import Edit, put_notices, put_privacy_text
from booking.ladder import N_
from booking.plain.document import NOTICES
from booking.plain.names import an_email_or_none
from booking.plain.values import Wrong, a_duration, a_passage, duration_text
from booking.practice import Practice
from booking.refusals import FieldError
from booking.rules import effective

_MINUTE = timedelta(minutes=1)
_YEAR = timedelta(days=365)
_MOST_REMINDERS = 10
PRIVACY_LENGTH = 8000


def switch_fields(practice: Practice) -> dict[str, Any]:
    """What the form shows of a practice as it is."""
    return {
        "on": {name for name in NOTICES if practice.notices.get(name, True)},
        "reminders": ", ".join(map(duration_text, effective(practice.rules).reminders)),
        "email": practice.email,
    }


def switches_of(chosen: Sequence[str], form: Mapping[str, str]) -> tuple[Edit | None, list[FieldError]]:
    errors: list[FieldError] = []
    reminders: list[timedelta] = []
    try:
        reminders = _durations(form.get("reminders", ""))
    except Wrong:
        errors.append(
            FieldError("reminders", N_("Up to ten times, each once, such as 2d, 2h; none: no reminders."))
        )
    email = form.get("email", "").strip()
    try:
        email = an_email_or_none(email)
    except Wrong:
        errors.append(FieldError("email", N_("This is not a mail address.")))
    if errors:
        return None, errors
    return put_notices({name: name in chosen for name in NOTICES}, reminders, email), []


def privacy_of(form: Mapping[str, str]) -> tuple[Edit | None, list[FieldError]]:
    try:
        return put_privacy_text(a_passage(PRIVACY_LENGTH)(form.get("privacy_text", ""))), []
    except Wrong:
        return None, [FieldError("privacy_text", N_("At most 8000 characters fit here."))]


def _durations(text: str) -> list[timedelta]:
    read = a_duration(_MINUTE, _YEAR)
    found = [read(part.strip()) for part in text.split(",") if part.strip()]
    if len(found) > _MOST_REMINDERS or len(set(found)) < len(found):
        raise Wrong("too many, or one of them twice")
    return sorted(found, reverse=True)
