"""What each rule says: to the provider and staff in full, to a client kindly and without a word about anyone else."""

from __future__ import annotations

from typing import NamedTuple

from booking.ladder import N_, Rule


class Words(NamedTuple):
    """Message templates, English; fields are named in ``booking.explain``, where they are filled."""

    passed: str
    failed: str
    client: str
    """To the client when the rule has failed."""


CLIENT_PASSED = N_("Nothing here stands in the way.")

CALL_US = N_("This cannot be booked online. Please call us and we will find a time together.")
NOT_THIS_TIME = N_("This time is not available. Please choose another one.")

WORDS: dict[Rule, Words] = {
    Rule.PRACTICE_SWITCH: Words(
        N_("The practice has switched self-scheduling on."),
        N_("The practice has switched self-scheduling off."),
        N_("Online booking is closed at the moment. Please call us."),
    ),
    Rule.PROVIDER_OPT_IN: Words(
        N_("The provider has opened self-scheduling."),
        N_("The provider has not opened self-scheduling. The practice's switch alone opens nothing."),
        CALL_US,
    ),
    Rule.CLIENT_STATUS: Words(
        N_("Clients with the status %(status)s may book."),
        N_("Clients with the status %(status)s may not book; this provider takes: %(statuses)s."),
        CALL_US,
    ),
    Rule.CLIENT_PRIVILEGE: Words(
        N_("The client's privilege is %(privilege)s."),
        N_("The client's privilege is %(privilege)s: this client is asked to call."),
        CALL_US,
    ),
    Rule.ASSIGNED: Words(
        N_("The client may book with this provider."),
        N_("The client is assigned to other providers: %(providers)s."),
        N_("Please book with the provider you are in care with, or call us."),
    ),
    Rule.SERVICE_ONLINE: Words(
        N_("%(service)s can be booked online."),
        N_("%(service)s cannot be booked online."),
        N_("This service cannot be booked online. Please call us."),
    ),
    Rule.BLOCK_ONLINE: Words(
        N_("The block is open for self-scheduling."),
        N_("The block from %(start)s to %(end)s is not open for self-scheduling."),
        NOT_THIS_TIME,
    ),
    Rule.BLOCK: Words(
        N_("The time lies in the block from %(start)s to %(end)s."),
        N_("No block of availability holds %(length)s from this time."),
        NOT_THIS_TIME,
    ),
    Rule.NOTICE: Words(
        N_("It can be asked for until %(latest)s."),
        N_("It had to be asked for by %(latest)s."),
        N_("This time is too soon to be booked online. Please choose a later one, or call us."),
    ),
    Rule.HORIZON: Words(
        N_("Times are offered up to %(last)s."),
        N_("Times are offered only up to %(last)s."),
        N_("This time is too far ahead. Please choose an earlier one."),
    ),
    Rule.PER_DAY: Words(
        N_("The day holds %(count)s requests and appointments; the limit is %(limit)s."),
        N_("The day is full: %(count)s requests and appointments, and the limit is %(limit)s."),
        N_("This day is full. Please choose another one."),
    ),
    Rule.PER_WEEK: Words(
        N_("The week holds %(count)s requests and appointments; the limit is %(limit)s."),
        N_("The week is full: %(count)s requests and appointments, and the limit is %(limit)s."),
        N_("This week is full. Please choose another one."),
    ),
    Rule.MODE_GAP: Words(
        N_("It keeps the gap between in-person and telehealth sessions."),
        N_("It is less than %(gap)s from a booking in another mode, %(start)s to %(end)s."),
        NOT_THIS_TIME,
    ),
    Rule.OPEN_REQUESTS: Words(
        N_("The client has %(count)s open requests; the limit is %(limit)s."),
        N_("The client has %(count)s open requests, and the limit is %(limit)s."),
        N_("You have asked for other times already. Please wait for our answer, or withdraw one of them."),
    ),
    Rule.DOOR: Words(
        N_("The door for new clients does not keep this client out."),
        N_("The provider takes no new clients at the moment."),
        N_("New clients are asked to call us at the moment."),
    ),
    Rule.HOLD: Words(
        N_("No hold keeps this time from the client."),
        N_("The hold “%(hold)s” keeps the time from %(start)s to %(end)s for others."),
        NOT_THIS_TIME,
    ),
    Rule.ROOM: Words(
        N_("A room is free, or none is needed."),
        N_("No room is free: %(rooms)s."),
        NOT_THIS_TIME,
    ),
    Rule.FRESHNESS: Words(
        N_("The calendars are known well enough: last read whole %(age)s ago."),
        N_(
            "The calendars were last read whole %(age)s ago; times are offered for %(closed_after)s after a reading."
        ),
        N_("We cannot see the calendar at the moment. Please tell us times that suit you, or call us."),
    ),
    Rule.CALENDAR: Words(
        N_("No event in the calendars takes this time."),
        N_("“%(title)s” in the calendar %(calendar)s takes %(start)s to %(end)s (read %(age)s ago)."),
        NOT_THIS_TIME,
    ),
    Rule.BOOKING: Words(
        N_("No request or appointment is too close."),
        N_("A request or appointment from %(start)s to %(end)s is too close."),
        NOT_THIS_TIME,
    ),
}

DOOR_OPEN = N_(
    "New clients are taken: %(share)s per cent of the next %(window)s are booked. The door closes above %(above)s."
)
DOOR_SHUT = N_(
    "No new clients at the moment: %(share)s per cent of the next %(window)s were booked at the last look. The door"
    " opens again below %(below)s."
)
OFF_GRID = N_("Times in the block from %(start)s start every %(increment)s from its beginning.")
WRONG_MODE = N_("The block or the service does not offer the mode %(mode)s.")
WRONG_SERVICE = N_("The block from %(start)s to %(end)s is kept for other services.")
SERVICE_INACTIVE = N_("%(service)s is no longer offered.")
SERVICE_NOT_FOR_NEW = N_("%(service)s is not open to new clients.")
NO_CALENDARS = N_("The provider has no calendars that could be late.")
NEVER_READ = N_("A calendar was never read, so nothing is offered.")
REQUEST_ONLY = N_(
    "The calendars were last read whole %(age)s ago: requests are taken and marked to be checked."
)
UNNAMED_EVENT = N_("An event in the calendar %(calendar)s takes %(start)s to %(end)s (read %(age)s ago).")
UNKNOWN_EVENT = N_("An event in the provider's calendars takes this time.")
NO_LIMIT = N_("There is no limit: %(count)s so far.")
NO_SUCH_ROOM = N_("The location has no room for this service.")
