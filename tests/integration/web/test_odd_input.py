"""What nobody types on purpose is refused in words, and never breaks a page."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from booking.store.tables import request
from tests.support.visits import booked, hidden, look
from tests.support.web_app import BASE_URL, Web

ENDS = ("0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
LOOKS = (
    "/provider/day?at={at}",
    "/provider/day?day={day}",
    "/provider/day?day={day}&clock=23:59",
    "/provider/week?day={day}",
    "/provider/week/enter?start={at}",
    "/provider/week/move/{request}?start={at}",
)
SENDS: Mapping[str, tuple[str, ...]] = {
    "/provider/requests/{request}/propose": ("start",),
    "/provider/week/move/{request}": ("start",),
    "/provider/week/enter": ("start",),
}


@pytest.mark.parametrize("at", ENDS)
def test_no_time_at_an_end_of_the_calendar_breaks_a_page(web: Web, at: str) -> None:
    booked(web.browser())
    ada = web.signed_in("ada@example.com")
    with web.runtime.database.read() as connection:
        request_id = connection.execute(select(request.c.id)).scalar_one()
    fill = {"request": request_id, "day": at[:10]}
    for path in LOOKS:
        told = ada.get(path.format(at=at.replace("+", "%2B"), **fill), base_url=BASE_URL).status_code
        assert told < 500, path
    sealed = hidden(look(ada, "/provider/waitlist").text)
    for path, names in SENDS.items():
        sent = {**sealed, **dict.fromkeys(names, at), "service": "90834", "client": "c-1"}
        told = ada.post(path.format(**fill), data=sent, base_url=BASE_URL).status_code
        assert told < 500, path
