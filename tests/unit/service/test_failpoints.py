"""Failpoints: inert unless armed, and then exactly where and when they were asked for."""

import os
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
    "text",
    ["mail.sent", "mail.sent=explode", "mail.sent:0=kill", "=kill", "Mail=kill", "a=sleep", "a=stop:1"],
)
def test_a_malformed_text_is_refused_and_changes_nothing(text: str) -> None:
    arm("mail.sent=raise")
    with pytest.raises(ValueError, match="not a failpoint"):
        arm(f"mail.queued=raise,{text}")
    failpoint("mail.queued")
    with pytest.raises(FailpointReached):
        failpoint("mail.sent")


def run(command: str) -> subprocess.CompletedProcess[str]:
    started = f"from service.failpoints import arm, failpoint\n{command}"
    return subprocess.run(
        [sys.executable, "-c", started], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_kill_leaves_no_time_for_anything() -> None:
    found = run("arm('a.b=kill')\ntry:\n    failpoint('a.b')\nfinally:\n    print('still here')\n")
    assert found.returncode == -signal.SIGKILL
    assert found.stdout == ""


def test_a_later_kill_meets_the_program_wherever_it_is_by_then() -> None:
    found = run("arm('a.b=kill:0.01')\nfailpoint('a.b')\nprint('on', flush=True)\nwhile True: pass\n")
    assert found.returncode == -signal.SIGKILL
    assert found.stdout == "on\n"


def test_stop_halts_the_process_until_it_is_told_to_go_on() -> None:
    halted = subprocess.Popen(
        [sys.executable, "-c", "from service.failpoints import *\narm('a.b=stop')\nfailpoint('a.b')\n"],
        cwd=ROOT,
    )
    _, status = os.waitpid(halted.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    halted.send_signal(signal.SIGCONT)
    assert halted.wait() == 0


def test_what_stands_in_a_file_holds_for_one_passage_of_one_process(tmp_path: Path) -> None:
    path = tmp_path / "armed"
    arm(f"@{path}")
    failpoint("mail.sent")
    path.write_text("mail.sent:2=raise")
    failpoint("mail.sent")
    with pytest.raises(FailpointReached):
        failpoint("mail.sent")
    failpoint("mail.sent")
    assert [each.name for each in tmp_path.iterdir()] == [f"armed.{os.getpid()}"]


def test_a_file_put_there_anew_counts_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "armed"
    arm(f"@{path}")
    path.write_text("mail.sent:2=raise")
    failpoint("mail.sent")
    path.unlink()
    path.with_suffix(".new").write_text("mail.sent:2=raise")
    path.with_suffix(".new").rename(path)
    failpoint("mail.sent")
    with pytest.raises(FailpointReached):
        failpoint("mail.sent")


def test_the_names_used_in_a_source_tree_are_listed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('failpoint("mirror.after_push")\nself.failpoint(\n    "mail.sent"\n)\n')
    (tmp_path / "b.py").write_text('no_failpoint("x.y")\nfailpoint(name)\n')
    assert names_used(tmp_path) == {"mirror.after_push", "mail.sent"}
