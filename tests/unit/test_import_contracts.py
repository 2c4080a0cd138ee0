"""Each contract in pyproject.toml is broken once, in a copy of the tree, and the checker says so."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
NAMES = {contract["id"]: contract["name"] for contract in CONTRACTS}

VIOLATIONS = [
    ("rooms", "booking/rules.py", "import service"),
    ("rooms", "sync/model/event.py", "import booking"),
    ("rooms", "sync/store/__init__.py", "import service"),
    ("sync-layers", "sync/guard.py", "import sync.reconcile"),
    ("sync-layers", "sync/model/event.py", "import sync.codecs"),
    ("sync-layers", "sync/store/__init__.py", "import sync.backends"),
    ("sync-layers", "sync/backends/__init__.py", "import sync.engine"),
    ("sync-layers", "sync/unplaced.py", "import sync.model"),
    ("booking-sees-values", "booking/rules.py", "import sync.store"),
    ("booking-sees-values", "booking/store/__init__.py", "import sync.engine"),
    ("booking-layers", "booking/store/__init__.py", "import booking.desk"),
    ("booking-layers", "booking/store/__init__.py", "import booking.web"),
    ("booking-rules", "booking/rules.py", "import booking.store"),
    ("booking-rules", "booking/weekly.py", "import booking.web"),
    ("booking-rules", "booking/new_rule.py", "import booking.store"),
    ("pure-rules", "booking/rules.py", "import flask"),
    ("pure-rules", "booking/rules.py", "from os import environ"),
    ("pure-rules", "sync/model/event.py", "import sqlalchemy"),
    ("pure-rules", "sync/codecs/ical.py", "import socket"),
    ("pure-rules", "sync/reconcile.py", "import requests"),
    ("client-libraries", "booking/desk.py", "import caldav"),
    ("client-libraries", "service/clock.py", "import googleapiclient.discovery"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the three packages and of the settings of the tools."""
    for package in ("booking", "service", "sync"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(tree: Path, place: str, line: str) -> None:
    """Add ``line`` to the module at ``place``, which is made if the tree has no such module."""
    module = tree / place
    package = module.with_suffix("") / "__init__.py"
    if package.exists():
        module = package
    module.parent.mkdir(parents=True, exist_ok=True)
    if module.parent != tree:
        (module.parent / "__init__.py").touch()
    with module.open("a") as text:
        text.write(f"\n{line}\n")


def run(*command: str | Path, tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def lint_imports(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    limits = [word for contract in contracts for word in ("--contract", contract)]
    return run(BIN / "lint-imports", "--no-cache", "--no-logo", *limits, tree=tree)


def banned(tree: Path) -> str:
    """Where ruff finds an API that its settings ban, one finding a line."""
    return run(
        BIN / "ruff",
        "check",
        "--no-cache",
        "--select",
        "TID251",
        "--output-format",
        "concise",
        ".",
        tree=tree,
    ).stdout


def test_the_tree_keeps_every_contract(copy):
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("contract, place, line", VIOLATIONS)
def test_a_broken_contract_is_reported(copy, contract, place, line):
    plant(copy, place, line)
    result = lint_imports(copy, contract)
    assert result.returncode == 1
    assert f"{NAMES[contract]} BROKEN" in " ".join(result.stdout.split())


def test_every_contract_has_a_planted_violation():
    assert {contract for contract, _, _ in VIOLATIONS} == set(NAMES)


@pytest.mark.parametrize(
    "place, text",
    [
        ("booking/rules.py", "from datetime import datetime\nmoment = datetime.now()"),
        ("service/jobs.py", "import datetime\nmoment = datetime.datetime.now(datetime.UTC)"),
        ("sync/engine.py", "from datetime import date\nday = date.today()"),
        ("service/schedule.py", "import time\nseconds = time.time()"),
        ("booking/desk.py", "import requests"),
        ("sync/backends/caldav/client.py", "from requests import Session"),
        ("service/mail.py", "from urllib.request import urlopen"),
        ("service/mail.py", "import httpx"),
    ],
)
def test_a_second_clock_or_way_out_is_reported(copy, place, text):
    plant(copy, place, text)
    assert f"{place.removesuffix('.py')}" in banned(copy)


@pytest.mark.parametrize(
    "place, text",
    [
        ("service/clock.py", "from datetime import UTC, datetime\nmoment = datetime.now(UTC)"),
        ("sync/http/adapter.py", "import requests"),
        ("sync/engine.py", "import time\nbudget = time.monotonic() + 20"),
    ],
)
def test_the_clock_and_the_way_out_stay_where_they_belong(copy, place, text):
    plant(copy, place, text)
    assert place.removesuffix(".py") not in banned(copy)
