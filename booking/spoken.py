"""Each rule's name, and what staff can read out on the phone when it stands in the way. Nothing of other people."""

from __future__ import annotations

from collections.abc import Mapping

from booking.explain import Explanation
from booking.ladder import N_, Rule

TITLES: Mapping[Rule, str] = {
    Rule.PRACTICE_SWITCH: N_("The practice’s switch"),
    Rule.PROVIDER_OPT_IN: N_("The provider’s own switch"),
    Rule.CLIENT_STATUS: N_("The client’s status"),
    Rule.CLIENT_PRIVILEGE: N_("The client’s privilege"),
    Rule.ASSIGNED: N_("Whose client it is"),
    Rule.SERVICE_ONLINE: N_("The service"),
    Rule.BLOCK_ONLINE: N_("The block’s switch"),
    Rule.BLOCK: N_("The weekly hours"),
    Rule.NOTICE: N_("Notice"),
    Rule.HORIZON: N_("How far ahead"),
    Rule.PER_DAY: N_("Sessions a day"),
    Rule.PER_WEEK: N_("Sessions a week"),
    Rule.MODE_GAP: N_("Gap between modes"),
    Rule.OPEN_REQUESTS: N_("Open requests"),
    Rule.DOOR: N_("The door for new clients"),
    Rule.HOLD: N_("Held time"),
    Rule.ROOM: N_("Rooms"),
    Rule.FRESHNESS: N_("How well the calendars are known"),
    Rule.CALENDAR: N_("The calendars"),
    Rule.BOOKING: N_("Other bookings"),
}

FREE = N_("That time is free. You can ask for it on our booking page, or I can enter it for you now.")

_ANOTHER = N_("That time is not free, I am afraid. Shall we look for another one together?")
_FOR_YOU = N_("This cannot be booked online. I will gladly find a time with you now.")

LINES: Mapping[Rule, str] = {
    Rule.PRACTICE_SWITCH: N_(
        "Online booking is closed at the moment. I will gladly find a time with you now."
    ),
    Rule.PROVIDER_OPT_IN: _FOR_YOU,
    Rule.CLIENT_STATUS: _FOR_YOU,
    Rule.CLIENT_PRIVILEGE: N_("We would like to arrange your times with you in person. Let us find one now."),
    Rule.ASSIGNED: N_(
        "Online you can book with the provider you are in care with. Shall I look there for you?"
    ),
    Rule.SERVICE_ONLINE: _FOR_YOU,
    Rule.BLOCK_ONLINE: N_("That time is not open for booking online. Shall I ask for you?"),
    Rule.BLOCK: N_("There are no sessions at that time. Shall we look for another one together?"),
    Rule.NOTICE: N_("That is too soon to be booked online. Let me see what I can do."),
    Rule.HORIZON: N_("Times that far ahead are not open yet. Shall we look for an earlier one?"),
    Rule.PER_DAY: N_("That day is full. Shall we look at another one?"),
    Rule.PER_WEEK: N_("That week is full. Shall we look at another one?"),
    Rule.MODE_GAP: _ANOTHER,
    Rule.OPEN_REQUESTS: N_(
        "You have asked for other times that are not answered yet. I can withdraw one of them, or remind the provider."
    ),
    Rule.DOOR: N_("New clients are taken on by phone at the moment, so you are right to call."),
    Rule.HOLD: _ANOTHER,
    Rule.ROOM: _ANOTHER,
    Rule.FRESHNESS: N_("We cannot see the calendar at the moment. May I note which times suit you?"),
    Rule.CALENDAR: _ANOTHER,
    Rule.BOOKING: _ANOTHER,
}


def line(explanation: Explanation) -> str:
    """What to read out, English and marked for translation: the first rule that failed decides."""
    failed = explanation.failed
    return LINES[failed[0].rule] if failed else FREE
