"""Series as Hypothesis draws them: all that iCalendar text can say and our reader keeps."""

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from sync.model.event import Event, Override, Recurrence, Series, Status, Transparency
from sync.model.moments import Length, WallTime

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    None,
]
RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;COUNT=5",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU",
    "FREQ=WEEKLY;UNTIL=20270301T120000Z",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=NONSENSE",
]
TEXTS = st.text(max_size=120) | st.sampled_from(
    ["", "a\\nb", "x,y;z", "line\r\nEND:VEVENT\r\nATTENDEE:mailto:e@x", "né", "\u202eabc"]
)
CLOCKS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
DATES = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@st.composite
def events(draw, start=None):
    """An event; ``start`` fixes the kind and zone of its start."""
    if start is None:
        start = draw(DATES | st.builds(WallTime, CLOCKS, st.sampled_from(ZONES)))
    elif isinstance(start, WallTime):
        start = WallTime(draw(CLOCKS), start.zone)
    else:
        start = draw(DATES)
    if isinstance(start, WallTime):
        minutes = draw(st.integers(0, 3000))
        length = Length(draw(st.sampled_from([0, 0, 0, 1, 3])), timedelta(minutes=minutes))
    else:
        length = Length(days=draw(st.integers(1, 10)))
    return Event(
        start,
        length,
        summary=draw(TEXTS),
        description=draw(TEXTS),
        location=draw(TEXTS),
        status=draw(st.sampled_from(Status)),
        transparency=draw(st.sampled_from(Transparency)),
        categories=tuple(draw(st.lists(TEXTS, max_size=3))),
        private=draw(st.booleans()),
    )


@st.composite
def series(draw, uid="drawn@example.com"):
    master = draw(events())
    if draw(st.booleans()):
        return Series(uid, master)
    moments = st.lists(events(master.start).map(lambda event: event.start), max_size=3, unique=True)
    periods = st.none()
    if isinstance(master.start, WallTime):
        periods |= st.builds(
            Length, st.just(0), st.integers(1, 300).map(lambda minutes: timedelta(minutes=minutes))
        )
    recurrence = Recurrence(
        rules=tuple(draw(st.lists(st.sampled_from(RULES), max_size=1))),
        dates=tuple((moment, draw(periods)) for moment in draw(moments)),
        excluded=tuple(draw(moments)),
    )
    overrides = tuple(
        Override(moment, draw(events(master.start)), draw(st.booleans())) for moment in draw(moments)
    )
    return Series(uid, master, recurrence, overrides)
