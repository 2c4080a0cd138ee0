"""Processes are killed while people use the practice; afterwards nothing is lost, doubled, harmed or left undone."""

from collections.abc import Iterator

import pytest

from tests.support.faults.controls import CONTROLS, control
from tests.support.faults.runs import Run, Servers


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize(
    "database,remote",
    [("sqlite", "radicale"), pytest.param("postgresql", "google", marks=pytest.mark.postgres)],
)
def test_sixteen_faults_leave_nothing_wrong(servers: Servers, database: str, remote: str) -> None:
    """One of each point, in an order that is the same each time; ``make faults`` does it by the thousand."""
    told: list[str] = []
    run = Run(servers, database, remote, 16, seed=1, lanes=2, told=told.append)
    result = run()
    assert not any(result.counts.findings().values()), "\n".join(told)
    assert len(result.kills) >= 12


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("guard", CONTROLS)
def test_without_this_guard_the_faults_show(servers: Servers, guard: str) -> None:
    assert control(servers, guard, seed=1) > 0
