"""How times are written in calls."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.api.values import Day, DayOrMoment, Moment

MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)
DAY: TypeAdapter[Any] = TypeAdapter(Day)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04T14:00:00Z",
        "2026-03-04T15:00:00+01:00",
        "2026-03-04T15:00:00 01:00",
        "2026-03-04T09:00-05:00",
    ],
)
def test_an_instant_has_its_offset(text: str) -> None:
    assert MOMENT.validate_python(text) == datetime(2026, 3, 4, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-03-04T14:00:00", "2026-03-04", "1772632800", 1772632800, "", "tomorrow", None, "0001-01-01T00:00Z",
             "9999-12-31T23:59:59Z"],
)  # fmt: skip
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)


def test_a_date_is_a_date() -> None:
    assert DAY.validate_python("2026-03-04") == date(2026, 3, 4)
    for text in ("20260304", "2026-W10-3", "2026-03-04T00:00:00Z", "2026-02-30", 20260304, "0001-01-01"):
        with pytest.raises(ValidationError):
            DAY.validate_python(text)


def test_either_of_both_is_what_it_was() -> None:
    either: TypeAdapter[Any] = TypeAdapter(DayOrMoment)
    found = either.validate_python("2026-03-04")
    assert found == date(2026, 3, 4)
    assert not isinstance(found, datetime)
    assert isinstance(either.validate_python("2026-03-04T14:00:00Z"), datetime)
