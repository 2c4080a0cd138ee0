"""What each kind of notice says. Subjects are fixed and neutral: a mailbox shown to others tells nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time, get_timezone_name

from service.mailing.facts import Facts

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject, paragraphs of plain text, and at most one link with its label."""

    subject: str
    paragraphs: tuple[str, ...]
    link: tuple[str, str] | None = None


def when(facts: Facts) -> str:
    """The time in the reader's zone, with the zone named."""
    if facts.start is None or facts.end is None:
        return ""
    start, end = (moment.astimezone(ZoneInfo(facts.zone)) for moment in (facts.start, facts.end))
    day = format_datetime(start, "EEEE d MMMM y", locale=facts.locale)
    zone = get_timezone_name(start, locale=facts.locale, width="long")
    return f"{day}, {_clock(start, facts)} – {_clock(end, facts)} ({zone})"


def _clock(moment: datetime, facts: Facts) -> str:
    return format_time(moment, "short", locale=facts.locale)


def _until(facts: Facts) -> str:
    if facts.expires_at is None:
        return ""
    moment = facts.expires_at.astimezone(ZoneInfo(facts.zone))
    return f"{format_datetime(moment, 'EEEE d MMMM', locale=facts.locale)}, {_clock(moment, facts)}"


def _about(facts: Facts) -> str:
    return f"{facts.service}, {facts.provider}\n{when(facts)}"


def _closing(facts: Facts, _: Translate) -> str:
    if not facts.phone:
        return facts.practice
    return _("Questions? Call %(practice)s: %(phone)s") % {"practice": facts.practice, "phone": facts.phone}


def _created(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your appointment request"),
        (
            _("Your request has reached %(provider)s. The time is held for you until it is answered.")
            % {"provider": facts.provider},
            _about(facts),
            _("You will have an answer by %(until)s at the latest.") % {"until": _until(facts)},
            _closing(facts, _),
        ),
        (_("See or cancel your request"), facts.address),
    )


def _confirmed(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your appointment is confirmed"),
        (_("Your appointment is confirmed."), _about(facts), *_message(facts, _), _closing(facts, _)),
        (_("See or cancel your appointment"), facts.address),
    )


def _declined(facts: Facts, _: Translate) -> Letter:
    referral = (_("You could ask %(other)s instead.") % {"other": facts.refer_to},) if facts.refer_to else ()
    return Letter(
        _("Your appointment request"),
        (
            _("%(provider)s cannot offer you this time.") % {"provider": facts.provider},
            _about(facts),
            *_message(facts, _),
            *referral,
            _("You are welcome to ask for another time."),
            _closing(facts, _),
        ),
        (_("See your request"), facts.address),
    )


def _expired(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your appointment request"),
        (
            _("Your request was not answered in time, so the time is no longer held for you. We are sorry."),
            _about(facts),
            _("You are welcome to ask for another time."),
            _closing(facts, _),
        ),
        (_("See your request"), facts.address),
    )


def _cancelled(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your appointment was cancelled"),
        (_("This appointment was cancelled:"), _about(facts), *_message(facts, _), _closing(facts, _)),
        (_("See the details"), facts.address),
    )


def _rescheduled(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your appointment has a new time"),
        (_("Your appointment has been moved. The new time is:"), _about(facts), _closing(facts, _)),
        (_("See or cancel your appointment"), facts.address),
    )


def _undone(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your appointment"),
        (
            _("The last message about this appointment no longer holds: what stood before it is true again."),
            _about(facts),
            _closing(facts, _),
        ),
        (_("See where it stands"), facts.address),
    )


def _new_request(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A new request"),
        (
            _("A client asks for this time. It is in your calendar as a tentative event."),
            _about(facts),
            _("Answer it by %(until)s, or it expires.") % {"until": _until(facts)},
            _("You can answer in your calendar too: confirm the event to accept, delete it to decline."),
        ),
        (_("Answer the request"), facts.address),
    )


def _new_appointment(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A new appointment"),
        (_("This appointment was booked and confirmed by itself, as you have set it up."), _about(facts)),
        (_("See the appointment"), facts.address),
    )


def _withdrawn(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("An appointment was cancelled"),
        (_("The client has cancelled:"), _about(facts)),
        (_("See the details"), facts.address),
    )


def _conflict(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A change in your calendar could not stand"),
        (
            _(
                "What was done to this event in your calendar meets another booking of yours, so it was put back:"
            ),
            _about(facts),
        ),
        (_("See the details"), facts.address),
    )


def _wish(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A client looks for a time"),
        (_("A client found no time that suits and left you a note."),),
        (_("Read the note"), facts.address),
    )


def _calendar_late(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A calendar cannot be read"),
        (
            _("A calendar of %(provider)s has not been read for too long, so no times are offered.")
            % {"provider": facts.provider},
            facts.text,
        ),
        (_("Open the dashboard"), facts.address),
    )


def _calendar_well(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A calendar is read again"),
        (
            _("The calendar of %(provider)s is read again; times are offered as before.")
            % {"provider": facts.provider},
        ),
        (_("Open the dashboard"), facts.address),
    )


def _account_lost(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A calendar has to be connected again"),
        (
            _("The calendars of %(provider)s can no longer be read.") % {"provider": facts.provider},
            facts.text,
            _(
                "Nothing is lost: what was known goes on blocking its times. "
                "Unless it is connected again, no times are offered from %(until)s on."
            )
            % {"until": _until(facts)},
        ),
        (
            _("Open the dashboard") if facts.address.endswith("/ops") else _("Connect it again"),
            facts.address,
        ),
    )


def _account_well(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A calendar is connected again"),
        (_("The calendars of %(provider)s are read again.") % {"provider": facts.provider},),
        (_("See the calendars"), facts.address),
    )


def _sign_in(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your sign-in link"),
        (
            _("With this link you sign in once. It is good for a short time."),
            _("If you did not ask for it, you need do nothing."),
        ),
        (_("Sign in"), facts.address),
    )


def _message(facts: Facts, _: Translate) -> tuple[str, ...]:
    if not facts.message:
        return ()
    return (_("%(provider)s writes: %(message)s") % {"provider": facts.provider, "message": facts.message},)


LETTERS: Mapping[str, Callable[[Facts, Translate], Letter]] = {
    "created": _created,
    "confirmed": _confirmed,
    "declined": _declined,
    "expired": _expired,
    "cancelled": _cancelled,
    "deleted": _cancelled,
    "rescheduled": _rescheduled,
    "undone": _undone,
    "new_request": _new_request,
    "new_appointment": _new_appointment,
    "withdrawn": _withdrawn,
    "conflict": _conflict,
    "wish": _wish,
    "calendar_late": _calendar_late,
    "calendar_well": _calendar_well,
    "account_lost": _account_lost,
    "account_well": _account_well,
    "sign_in": _sign_in,
}
"""One letter per kind of notice; a kind that is not here is a defect a test finds."""


def letter_of(kind: str, facts: Facts, translate: Translate = str) -> Letter:
    return LETTERS[kind](facts, translate)
