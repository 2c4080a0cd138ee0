"""As many episodes as it takes, side by side, until enough faults have struck."""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from service.database import Database
from service.schema import upgrade
from tests.support.faults.episode import Episode
from tests.support.faults.history import Counts, Kill, Kind
from tests.support.faults.points import ANY, plans
from tests.support.faults.remotes import FarSide, GoogleProcess, GoogleSide, RadicaleSide
from tests.support.faults.world import world
from tests.support.postgres import PostgresServer
from tests.support.radicale import RadicaleServer
from tests.support.valkey import ValkeyServer

LEASE_SECONDS = 1.0
"""Of the worlds that recover quickly: what a killed worker held is free again after this."""
DEEDS = 40
DATABASES = ("sqlite", "postgresql")
REMOTES = ("radicale", "google")


@dataclass
class Result:
    """``seeds`` of the episodes, in the order in which they ended."""

    counts: Counts = field(default_factory=Counts)
    kills: list[Kill] = field(default_factory=list)
    deeds: int = 0
    seeds: list[int] = field(default_factory=list)

    def per_point(self) -> Counter[str]:
        return Counter(kill.point.partition(" ")[0] if kill.point.startswith("K") else kill.point
                       for kill in self.kills)  # fmt: skip


class Servers:
    """The servers that all episodes of a run share, started when they are first asked for."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lock = threading.RLock()
        self._started: dict[str, object] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="freehold-faults-"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def far(self, remote: str) -> FarSide:
        with self._lock:
            if remote == "google":
                return GoogleSide(self._one("google", GoogleProcess))
            return RadicaleSide(self._one("radicale", RadicaleServer))

    def queue(self, number: int) -> str:
        """Of the lane with this number, empty."""
        with self._lock:
            url = f"{self._one('valkey', ValkeyServer).url}?db={number}"
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url

    @contextmanager
    def database(self, kind: str, folder: Path) -> Iterator[str]:
        if kind == "sqlite":
            shutil.copy(self._template(), folder / "freehold.db")
            yield f"sqlite:///{folder / 'freehold.db'}"
            return
        with self._lock:
            server = self._one("postgres", PostgresServer)
            server.template("freehold_schema", _upgrade)
            url = server.lend("freehold_schema")
        yield url
        with self._lock:
            server.take_back("freehold_schema", url)

    def _template(self) -> Path:
        with self._lock:
            path = self.folder / "schema.db"
            if not path.exists():
                _upgrade(f"sqlite:///{path}")
            return path

    def _one(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._started:
            self._started[name] = self._stack.enter_context(make())
        return self._started[name]


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@dataclass
class Run:
    """Faults at one database and one remote until ``number`` have struck. ``told`` hears of every episode that ends.

    ``without``: a guard taken out of the program; ``points`` and ``kinds``: only these faults and deeds;
    ``commands``: how many deeds more are done to the real commands with the program's own lease, in an episode of
    their own.
    """

    servers: Servers
    database: str
    remote: str
    number: int
    seed: int
    lanes: int = 4
    commands: int = 0
    without: str = ""
    points: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ANY
    told: Callable[[str], None] = lambda text: None

    def __post_init__(self) -> None:
        self.result = Result()
        self.slow = Result()
        self._lock = threading.Lock()
        self._next = 0
        self._struck = 0

    def __call__(self) -> Result:
        with ThreadPoolExecutor(self.lanes + 1) as pool:
            lanes = [pool.submit(self._lane, number) for number in range(self.lanes)]
            if self.commands:
                lanes.append(pool.submit(self._with_commands))
            for lane in lanes:
                lane.result()
        return self.result

    def _lane(self, lane: int) -> None:
        while not self._is_enough():
            with self._lock:
                seed = self.seed * 1000 + self._next
                self._next += 1
            self._episode(seed, lane, self.result)

    def _with_commands(self) -> None:
        self._episode(self.seed * 1000 + 999, self.lanes, self.slow, commands=True)

    def _is_enough(self) -> bool:
        return self._struck >= self.number

    def _episode(self, seed: int, lane: int, result: Result, *, commands: bool = False) -> None:
        folder = Path(tempfile.mkdtemp(dir=self.servers.folder))
        deeds = self.commands if commands else max(1, min(DEEDS, -(-self.number // self.lanes)))
        with (
            self.servers.database(self.database, folder) as url,
            world(
                folder, self.servers.far(self.remote), database_url=url, redis_url=self.servers.queue(lane),
                lease=None if commands else LEASE_SECONDS, commands=commands, without=self.without,
            ) as made,
        ):  # fmt: skip
            episode = Episode(made, random.Random(seed))
            if not commands:
                episode.struck = self._count
            counts = episode.run(plans(seed, deeds, self.points, self.kinds), enough=self._is_enough)
        with self._lock:
            result.counts += counts
            result.kills += episode.history.kills
            result.deeds += len(episode.history.ops)
            result.seeds.append(seed)
        self._tell(seed, episode, counts)
        shutil.rmtree(folder, ignore_errors=True)

    def _count(self) -> None:
        with self._lock:
            self._struck += 1

    def _tell(self, seed: int, episode: Episode, counts: Counts) -> None:
        self.told(f"seed {seed}: {len(episode.history.kills)} faults in {len(episode.history.ops)} deeds")
        for name, found in counts.findings().items():
            for text in found:
                self.told(f"  {name}: {text}")
