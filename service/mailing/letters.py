"""What each kind of notice says. Subjects are fixed and neutral: a mailbox shown to others tells nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_time, get_timezone_name

from booking.ladder import N_
from booking.mail_limits import CODE
from booking.notice_texts import Words, filled, own_words
from booking.notices import Kind
from booking.web import words
from service.mailing.facts import Facts

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject, paragraphs of plain text, and at most one link with its label; addresses in the text are links too."""

    subject: str
    paragraphs: tuple[str, ...]
    link: tuple[str, str] | None = None


def when(facts: Facts) -> str:
    """The time in the reader's zone, with the zone named."""
    if facts.start is None or facts.end is None:
        return ""
    start, end = (moment.astimezone(ZoneInfo(facts.zone)) for moment in (facts.start, facts.end))
    day = words.day(start, Locale.parse(facts.locale), form="dated")
    zone = get_timezone_name(start, locale=facts.locale, width="long")
    told = f"{day}, {_clock(start, facts)} – {_clock(end, facts)} ({zone})"
    return "\n".join([told, *(_moment(each, facts) for each in facts.more)])


def _clock(moment: datetime, facts: Facts) -> str:
    return format_time(moment, "short", locale=facts.locale)


def _until(facts: Facts) -> str:
    return "" if facts.expires_at is None else _moment(facts.expires_at, facts)


def _moment(instant: datetime, facts: Facts) -> str:
    moment = instant.astimezone(ZoneInfo(facts.zone))
    return f"{words.day(moment, Locale.parse(facts.locale))}, {_clock(moment, facts)}"


def _about(facts: Facts) -> str:
    return f"{facts.service}, {facts.provider}\n{when(facts)}"


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


def _moved(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("An appointment has a new time"),
        (_("The client has taken another time:"), _about(facts)),
        (_("See the details"), facts.address),
    )


def _chosen(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("An appointment has a new time"),
        (_("The client has chosen the time you put forward. It is confirmed:"), _about(facts)),
        (_("See the details"), facts.address),
    )


def _turned_down(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Another time does not suit"),
        (_("The client takes none of the times you put forward. It stays as it was:"), _about(facts)),
        (_("See the details"), facts.address),
    )


def _waitlist_joined(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("You are on the waitlist"),
        (
            _(
                "As soon as a time with %(provider)s becomes free that suits you, you are offered it by e-mail."
            )
            % {"provider": facts.provider},
            _("Each offer is kept for a while; if you let it pass, you keep your place."),
        ),
        (_("See or leave your place"), facts.address),
    )


def _waitlist_offer(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A time has become free"),
        (
            _("This time has become free, and it is kept for you:"),
            _about(facts),
            _("It is kept until %(until)s. After that the next one is offered it.")
            % {"until": _until(facts)},
        ),
        (_("Take it, or let it pass"), facts.address),
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


def _answered(facts: Facts, _: Translate) -> str:
    return " ".join(_(text) for text in (facts.text, facts.hint) if text)


def _calendar_late(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("A calendar cannot be read"),
        (
            _("A calendar of %(provider)s has not been read for too long, so no times are offered.")
            % {"provider": facts.provider},
            _answered(facts, _),
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
            _answered(facts, _),
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


def _code(facts: Facts, _: Translate) -> Letter:
    return Letter(
        _("Your code"),
        (
            _("With this code you are recognised on the booking page of %(practice)s:")
            % {"practice": facts.practice},
            facts.code,
            _("It is good for 15 minutes, once. If you did not ask for it, you need do nothing."),
        ),
    )


LETTERS: Mapping[str, Callable[[Facts, Translate], Letter]] = {
    "new_request": _new_request,
    "new_appointment": _new_appointment,
    "withdrawn": _withdrawn,
    "moved": _moved,
    "chosen": _chosen,
    "turned_down": _turned_down,
    "waitlist_joined": _waitlist_joined,
    "waitlist_offer": _waitlist_offer,
    "conflict": _conflict,
    "wish": _wish,
    "calendar_late": _calendar_late,
    "calendar_well": _calendar_well,
    "account_lost": _account_lost,
    "account_well": _account_well,
    "sign_in": _sign_in,
    CODE: _code,
}
"""The letters whose words are fixed. Those to clients are made of words a practice can change."""

_LINKS: Mapping[Kind, str] = {
    Kind.CREATED: N_("See or cancel your request"),
    Kind.CONFIRMED: N_("See or cancel your appointment"),
    Kind.DECLINED: N_("See your request"),
    Kind.EXPIRED: N_("See your request"),
    Kind.CANCELLED: N_("See the details"),
    Kind.DELETED: N_("See the details"),
    Kind.RESCHEDULED: N_("See or cancel your appointment"),
    Kind.PROVIDER_CHANGED: N_("See or cancel your appointment"),
    Kind.PROPOSED: N_("Choose a time"),
    Kind.REMINDER: N_("See or cancel your appointment"),
    Kind.UNDONE: N_("See where it stands"),
}


def is_known(kind: str) -> bool:
    return kind in LETTERS or kind in _LINKS


def letter_of(kind: str, facts: Facts, translate: Translate = str, own: Words | None = None) -> Letter:
    """``own`` are the practice's words for this kind, if it has any."""
    if kind in LETTERS:
        return LETTERS[kind](facts, translate)
    subject, paragraphs = filled(own or own_words(Kind(kind), translate), values_of(facts))
    return Letter(subject, (*paragraphs, facts.practice), (translate(_LINKS[Kind(kind)]), facts.address))


def values_of(facts: Facts) -> dict[str, str]:
    """What the placeholders of a practice's words stand for in one mail."""
    return {
        "practice": facts.practice,
        "phone": facts.phone,
        "provider": facts.provider,
        "service": facts.service,
        "when": when(facts),
        "where": facts.where,
        "video": facts.video,
        "until": _until(facts),
        "message": facts.message,
        "other": facts.refer_to,
        "times": "; ".join(_moment(each, facts) for each in facts.proposed),
    }
