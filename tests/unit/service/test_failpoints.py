"""Failpoints: inert unless armed, and then exactly where and when they were asked for."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.failpoints import FailpointReached, arm, failpoint, names_used

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def test_a_place_nobody_armed_is_passed() -> None:
    failpoint("mail.sent")


def test_an_armed_place_raises() -> None:
    arm("mail.sent=raise")
    with pytest.raises(FailpointReached, match=r"mail\.sent"):
        failpoint("mail.sent")


def test_only_the_place_named_is_armed() -> None:
    arm("mail.sent=raise")
    failpoint("mail.queued")


def test_the_nth_passage_alone_is_struck() -> None:
    arm("mail.sent:2=raise")
    failpoint("mail.sent")
    with pytest.raises(FailpointReached):
        failpoint("mail.sent")
    failpoint("mail.sent")


def test_several_places_can_be_armed() -> None:
    arm("mail.sent=raise, mail.queued=sleep:0")
    failpoint("mail.queued")
    with pytest.raises(FailpointReached):
        failpoint("mail.sent")


def test_arming_anew_forgets_what_was_armed() -> None:
    arm("mail.sent=raise")
    arm("mail.queued=raise")
    failpoint("mail.sent")


@pytest.mark.parametrize(
    "text", ["mail.sent", "mail.sent=explode", "mail.sent:0=kill", "=kill", "Mail=kill", "a=sleep"]
)
def test_a_malformed_text_is_refused_and_changes_nothing(text: str) -> None:
    arm("mail.sent=raise")
    with pytest.raises(ValueError, match="not a failpoint"):
        arm(f"mail.queued=raise,{text}")
    failpoint("mail.queued")
    with pytest.raises(FailpointReached):
        failpoint("mail.sent")


def test_kill_leaves_no_time_for_anything() -> None:
    command = (
        "from service.failpoints import arm, failpoint\n"
        "arm('a.b=kill')\n"
        "try:\n    failpoint('a.b')\nfinally:\n    print('still here')\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == -signal.SIGKILL
    assert found.stdout == ""


def test_the_names_used_in_a_source_tree_are_listed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('failpoint("mirror.after_push")\nself.failpoint(\n    "mail.sent"\n)\n')
    (tmp_path / "b.py").write_text('no_failpoint("x.y")\nfailpoint(name)\n')
    assert names_used(tmp_path) == {"mirror.after_push", "mail.sent"}
