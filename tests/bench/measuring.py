"""Timing works alternately, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

_SAMPLE_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and range of the rounds, in the unit they were measured in."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: list[float]) -> Spread:
        return cls(median(samples), min(samples), max(samples))


def alternately(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Spread]:
    """Milliseconds of processor time for one call of each work.

    A round calls every work once; a short one often, and takes the mean.
    """
    times = {name: _calls_per_sample(work) for name, work in works.items()}
    samples: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            samples[name].append(_milliseconds(work, times[name]))
    return {name: Spread.of(found) for name, found in samples.items()}


def _calls_per_sample(work: Callable[[], object]) -> int:
    work()
    return max(1, int(_SAMPLE_SECONDS * 1000 / max(0.001, _milliseconds(work, 1))))


def _milliseconds(work: Callable[[], object], calls: int) -> float:
    gc.collect()
    begin = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - begin) / calls * 1000
