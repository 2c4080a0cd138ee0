"""What is asked of Google: the least that works, by the discovery document.

Events are read and written in calendars she owns and read in those shared with her, so ``calendar.events.owned`` is not
enough; ``calendar`` would let us delete whole calendars. The list of calendars needs a scope of its own.
"""

EVENTS = "https://www.googleapis.com/auth/calendar.events"
CALENDAR_LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
SCOPES = (EVENTS, CALENDAR_LIST)
