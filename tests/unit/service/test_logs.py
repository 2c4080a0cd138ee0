"""Log lines: JSON, ids and counts, and none of what people or libraries wrote."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from service.logs import get_logger, warn_unknown
from service.settings import SettingsInvalid, load_settings
from tests.support.log_lines import LogLines, logging_as_in_production

log = get_logger("service.under_test")


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[LogLines]:
    with logging_as_in_production(tmp_path) as found:
        yield found


def test_a_line_is_json_with_level_logger_and_time(logged: LogLines) -> None:
    log.info("sync finished", calendar_id="c1", count=3)
    [line] = logged.lines
    assert (line["event"], line["level"], line["logger"]) == ("sync finished", "info", "service.under_test")
    assert (line["calendar_id"], line["count"]) == ("c1", 3)
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_a_field_that_is_not_allowed_is_named_without_its_value(logged: LogLines) -> None:
    log.info("event stored", title="Zqx therapy", uid="zqx@example", count=1)
    assert logged.lines[0]["withheld"] == ["title", "uid"]
    assert "zqx" not in logged.text.lower()


@pytest.mark.parametrize("value", ["Grace Hopper", "a@b.example", "x?token=1", "x" * 200, {"a": 1}, b"bytes"])
def test_an_allowed_field_holds_words_and_numbers_not_text(logged: LogLines, value: object) -> None:
    log.info("state changed", state=value)
    assert logged.lines[0]["state"] == "[withheld]"


@pytest.mark.parametrize(
    "value,shown",
    [
        (1.5, 1.5),
        (None, None),
        (["a", 1], ["a", 1]),
        (timedelta(seconds=90), 90.0),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_plain_values_are_shown(logged: LogLines, value: object, shown: object) -> None:
    log.info("state changed", state=value)
    assert logged.lines[0]["state"] == shown


def test_an_event_put_together_from_data_is_withheld(logged: LogLines) -> None:
    log.info("Request of Grace Hopper stored")
    assert logged.lines[0]["event"] == "[withheld]"


def test_a_librarys_line_keeps_its_template_and_loses_its_arguments(logged: LogLines) -> None:
    logging.getLogger("library").warning("reading %s took %d s", "https://cal.example/?token=Zqx", 3)
    assert logged.lines[0]["event"] == "reading ... took ... s"
    assert "Zqx" not in logged.text


def test_a_librarys_finished_text_is_reduced_to_its_place(logged: LogLines) -> None:
    logging.getLogger("library").warning("reading https://cal.example/?token=Zqx failed")
    assert logged.lines[0]["event"] == "library line"
    assert logged.lines[0]["where"].startswith("test_logs:")


def test_a_librarys_exception_is_reduced_to_its_types(logged: LogLines) -> None:
    try:
        try:
            raise KeyError("Zqx")
        except KeyError as error:
            raise RuntimeError("event Zqx") from error
    except RuntimeError:
        log.exception("sync failed", calendar_id="c1")
    assert (logged.lines[0]["error_type"], logged.lines[0]["causes"]) == ("RuntimeError", ["KeyError"])
    assert "Zqx" not in logged.text


def test_an_exception_of_ours_keeps_its_words_and_its_place(logged: LogLines) -> None:
    try:
        load_settings({"FREEHOLD_PORT": "x"}, dotenv=None)
    except SettingsInvalid:
        log.exception("settings refused")
    [line] = logged.lines
    assert "FREEHOLD_PORT must be" in line["error_text"]
    assert line["at"][-1].startswith("service/settings.py:")


def test_urls_and_addresses_in_our_own_words_are_blanked(logged: LogLines) -> None:
    log.error(
        "mail failed", error=SettingsInvalid(["no answer from smtp://u:Zqx@mail for grace@example.com"])
    )
    assert "Zqx" not in logged.text
    assert "grace" not in logged.text


def test_an_uncaught_exception_is_one_line(logged: LogLines) -> None:
    try:
        raise RuntimeError("Zqx")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    assert [line["event"] for line in logged.lines] == ["uncaught exception"]
    assert "Zqx" not in logged.text


def test_an_uncaught_exception_of_a_thread_is_one_line(logged: LogLines) -> None:
    def fail() -> None:
        raise RuntimeError("Zqx")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert [line["error_type"] for line in logged.lines] == ["RuntimeError"]
    assert "Zqx" not in logged.text


def test_a_warning_of_a_library_is_a_line_without_its_text(logged: LogLines) -> None:
    warnings.warn("odd value Zqx", stacklevel=1)
    assert [line["logger"] for line in logged.lines] == ["py.warnings"]
    assert "Zqx" not in logged.text


def test_lines_below_the_level_are_left_out(tmp_path: Path) -> None:
    with logging_as_in_production(tmp_path, LOG_LEVEL="error") as logged:
        log.warning("nearly full")
        log.error("full")
    assert [line["event"] for line in logged.lines] == ["full"]


def test_stdout_stays_free_for_the_answer(logged: LogLines, capsys: pytest.CaptureFixture[str]) -> None:
    log.warning("careful")
    logging.getLogger("library").error("broken")
    assert capsys.readouterr().out == ""


def test_an_unknown_setting_is_a_warning_with_the_nearest_name(logged: LogLines, tmp_path: Path) -> None:
    environ = {"FREEHOLD_DATA_DIR": str(tmp_path), "FREEHOLD_PROT": "secret text"}
    warn_unknown(load_settings(environ, dotenv=None))
    [line] = logged.lines
    assert (line["level"], line["variable"], line["nearest"]) == ("warning", "FREEHOLD_PROT", "FREEHOLD_PORT")
    assert "secret text" not in logged.text


def test_every_line_is_one_json_object_even_with_newlines_in_it(logged: LogLines) -> None:
    log.error("failed", error=SettingsInvalid(["one", "two"]))
    assert len(logged.text.splitlines()) == 1
    assert json.loads(logged.text)["error"].count("\n") == 0
