"""The same history ends the same on either database, and whatever kind of server keeps the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.engine_model import EngineModel, repeatable_ids
from tests.support.machine_runs import chosen
from tests.support.model_report import RUNS, note
from tests.support.postgres import PostgresServer
from tests.support.watched_server import Outside, WatchedServer

QUICK_RUNS = 4
SHARE = 10
_MEANT = re.compile(r"^(DTSTART|DTEND|SUMMARY|STATUS)[;:].*$", re.MULTILINE)

names = st.sampled_from(("b1", "b2", "b3"))
hours = st.integers(8, 17)
points = st.sampled_from(
    ("push.before_send", "push.before_confirm", "push.inside_confirm", "pull.before_cursor")
)
acts = (
    st.tuples(st.just("book"), names, hours, st.booleans())
    | st.tuples(st.just("take_out"), names)
    | st.tuples(st.just("move"), names, hours)
    | st.tuples(st.just("type"), names)
    | st.tuples(st.just("remove"), names)
    | st.tuples(st.just("restore"), names)
    | st.tuples(st.just("add"), st.builds(Outside, day=st.integers(1, 20), hour=hours))
    | st.tuples(st.just("drop"))
    | st.tuples(st.just("sync"))
    | st.tuples(st.just("sync"))
    | st.tuples(st.just("crash"), points)
    | st.tuples(st.just("forget"))
    | st.tuples(st.just("settle"), st.booleans())
)
histories = st.lists(acts, min_size=5, max_size=40)
Kind = Callable[[WatchedServer], None]


def plain(_server: WatchedServer) -> None:
    """As most CalDAV servers."""


def google_like(server: WatchedServer) -> None:
    server.burns_names = True


def without_tokens(server: WatchedServer) -> None:
    server.offers_tokens = False


def without_etags(server: WatchedServer) -> None:
    server.states_etags = False


def by_content(server: WatchedServer) -> None:
    server.content_tokens = True


def one_at_a_time(server: WatchedServer) -> None:
    server.page_size = 1


def play(url: str, kind: Kind, history: list[tuple[Any, ...]]) -> Any:
    with repeatable_ids():
        model = EngineModel(url)
        try:
            assert isinstance(model.server, WatchedServer)
            kind(model.server)
            model.sync()
            for act, *rest in history:
                step(model, act, *rest)
                model.check()
            model.come_to_rest(healing=False)
            return outcome(model)
        finally:
            model.close()


def step(model: EngineModel, act: str, *rest: Any) -> None:
    if act == "book":
        model.book(rest[0], hour=rest[1], day=24, accepted=rest[2])
    elif act == "take_out" and rest[0] in model.bookings:
        model.take_out(rest[0])
    elif act in ("move", "type", "remove", "restore"):
        on_ours(model, act, *rest)
    elif act == "add":
        model.owner_adds(rest[0])
    elif act == "drop" and model.outside:
        model.owner_removes(min(model.outside))
    elif act == "forget":
        model.forget_tokens()
    elif act == "settle":
        model.settle_changes(contest=rest[0])
    elif act == "crash":
        model.crash_at(rest[0])
        model.sync()
    elif act == "sync":
        model.sync()


def on_ours(model: EngineModel, act: str, name: str, *rest: int) -> None:
    there = sorted(href for href, ref in model.our_objects().items() if ref == name)
    booking = model.bookings.get(name)
    if act == "restore" and booking is not None and booking.trash and not there:
        model.owner_restores_ours(name, max(booking.trash))
    elif act == "move" and there:
        model.owner_moves_ours(there[0], rest[0])
    elif act == "type" and there:
        model.owner_types_in_ours(there[0], unknown=False)
    elif act == "remove" and there:
        model.owner_removes_ours(there[0])


def outcome(model: EngineModel) -> Any:
    """What each booking's event means, and the time that events of others take."""
    texts = model.world.texts()
    ours = {
        ref: sorted(m[0] for m in _MEANT.finditer(texts[href])) for href, ref in model.our_objects().items()
    }
    return ours, [(span.start, span.end) for span in model.world.busy()]


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    "kind",
    [google_like, without_tokens, without_etags, by_content, one_at_a_time],
    ids=lambda kind: kind.__name__,
)
def test_a_history_ends_the_same_at_every_kind_of_server(kind: Kind) -> None:
    runs = RUNS // SHARE or QUICK_RUNS

    @chosen(runs)
    @given(histories)
    def compare(history: list[tuple[Any, ...]]) -> None:
        assert play("sqlite://", kind, history) == play("sqlite://", plain, history)

    compare()
    note(f"histories that end the same, {kind.__name__} and plain", runs, f"{runs}", holds=True)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(7200)
def test_a_history_ends_the_same_on_both_databases(postgres: PostgresServer) -> None:
    runs = RUNS // SHARE // 5 or 3

    @chosen(runs)
    @given(histories)
    def compare(history: list[tuple[Any, ...]]) -> None:
        url = postgres.create_database()
        try:
            assert play(url, plain, history) == play("sqlite://", plain, history)
        finally:
            postgres.drop_database(url)

    compare()
    note("histories that end the same, PostgreSQL and SQLite", runs, f"{runs}", holds=True)
