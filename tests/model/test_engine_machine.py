"""The engine against random histories with faults, crashes and two workers; every invariant after every step."""

import pytest

from sync import pacing
from tests.support.engine_machine import machine
from tests.support.machine_runs import run
from tests.support.model_report import RUNS
from tests.support.postgres import PostgresServer

QUICK_RUNS = 8
# A database server is a good deal slower than one in memory.
POSTGRES_SHARE = 20


@pytest.fixture(params=[False, True], ids=["self-healing off", "self-healing on"])
def healing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Off: the daily whole listing never comes, which could hide what was missed."""
    if not request.param:
        monkeypatch.setattr(pacing, "FULL_EVERY", pacing.FULL_EVERY * 10_000)
    return bool(request.param)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_history_breaks_an_invariant(healing: bool) -> None:
    made = machine(healing=healing)
    runs = RUNS or QUICK_RUNS
    run(made, f"SQLite, self-healing {'on' if healing else 'off'}", runs)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(7200)
@pytest.mark.long
def test_no_history_breaks_an_invariant_on_postgresql(healing: bool, postgres: PostgresServer) -> None:
    made_urls: list[str] = []

    def fresh() -> str:
        while made_urls:
            postgres.drop_database(made_urls.pop())
        made_urls.append(postgres.create_database())
        return made_urls[0]

    made = machine(healing=healing, url=staticmethod(fresh))
    runs = max(1, RUNS // POSTGRES_SHARE)
    run(made, f"PostgreSQL, self-healing {'on' if healing else 'off'}", runs)
