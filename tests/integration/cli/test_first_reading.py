"""A worker that is killed in the middle of a first reading: nothing is lost, and what was read is not read again."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from service.database import Database
from sync.store.tables import account
from tests.support import ics
from tests.support.caldav_server import Calendar
from tests.support.command import Freehold
from tests.support.radicale import RadicaleServer
from tests.support.running_service import practice_text

SOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
EVENTS = 1_150
"""More than two pages of five hundred."""


@pytest.fixture
def work(radicale: RadicaleServer) -> Calendar:
    """A calendar with many events, laid into the server's folder at once."""
    made = radicale.make_calendar(radicale.fresh_account())
    folder = radicale.collections / made.url.removeprefix(radicale.url).strip("/")
    assert folder.is_dir()
    for number in range(EVENTS):
        start = SOON + timedelta(hours=number)
        text = ics.calendar(ics.event(f"uid-{number}", start, start + timedelta(minutes=30)))
        (folder / f"event-{number}.ics").write_text(text, newline="")
    return made


@pytest.fixture
def freehold(tmp_path: Path, work: Calendar) -> Freehold:
    found = Freehold(tmp_path, {"ALLOW_PRIVATE_HOSTS": "1"})
    found.variables["ADA_CALDAV_PASSWORD"] = work.password
    found("apply", "-", stdin=practice_text(work))
    return found


def killed_after(freehold: Freehold, pages: int) -> None:
    freehold.variables |= {
        "FREEHOLD_TESTING": "1",
        "FREEHOLD_FAILPOINTS": f"pull.between_pages:{pages}=kill",
    }
    assert freehold.process("sync", check=False).code == -signal.SIGKILL
    del freehold.variables["FREEHOLD_FAILPOINTS"]


def state(freehold: Freehold) -> dict[str, Any]:
    [item] = freehold("accounts", "--json").document["items"]
    [found] = item["calendars"]
    shown: dict[str, Any] = found
    return shown


def lease_is_over(freehold: Freehold) -> None:
    database = Database(f"sqlite:///{freehold.data_dir / 'freehold.db'}")
    with database.write() as connection:
        connection.execute(update(account).values(lease_until=None))
    database.close()


def test_it_goes_on_where_it_was(freehold: Freehold) -> None:
    killed_after(freehold, 1)
    part = state(freehold)
    # How many there are is known once the listing that runs beside is done.
    assert part["progress"]["read"] == 500
    assert part["progress"]["total"] in (None, EVENTS)
    assert (part["events"], part["checked_at"]) == (500, None)
    assert "read so far" in freehold("accounts").out
    lease_is_over(freehold)
    assert f"{EVENTS - 500} changed" in freehold("sync").out
    whole = state(freehold)
    assert (whole["events"], whole["progress"]) == (EVENTS, None)
    assert whole["checked_at"] is not None
