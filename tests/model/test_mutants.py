"""The tests bite: with any one guard taken out of the engine, a property fails. Self-healing is off."""

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import Phase, seed
from hypothesis.stateful import run_state_machine_as_test

from sync import pacing
from sync.backends.errors import Unavailable
from tests.support.engine_machine import machine
from tests.support.engine_model import EngineModel, repeatable_ids
from tests.support.engine_mutants import MUTANTS, without
from tests.support.machine_runs import chosen
from tests.support.model_report import note
from tests.support.watched_server import Outside, WatchedServer


@pytest.fixture(autouse=True)
def no_healing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FULL_EVERY", pacing.FULL_EVERY * 10_000)


@pytest.fixture
def model() -> Iterator[EngineModel]:
    with repeatable_ids():
        made = EngineModel("sqlite://")
        made.sync()
        yield made
        made.close()


def booked(model: EngineModel) -> str:
    """One booking, written; its href."""
    model.book("b1", hour=10, day=24)
    model.sync()
    (href,) = model.our_objects()
    return href


def an_edit_unseen_by_our_write(model: EngineModel) -> None:
    href = booked(model)
    model.owner_types_in_ours(href, unknown=False)
    model.book("b1", hour=15, day=24)
    model.sync()


def a_page_from_before_another_worker(model: EngineModel) -> None:
    href = booked(model)
    model.sync()
    model.owner_moves_ours(href, 14)

    def meanwhile() -> None:
        model.owner_moves_ours(href, 15)
        model.second_worker()

    model.server.plan("report", meanwhile, after_effect=True)
    model.sync()
    model.sync()


def a_crash_at_the_end_of_a_reading(model: EngineModel) -> None:
    for day in (1, 2, 3):
        model.owner_adds(Outside(day=day, hour=10))
    model.sync()
    model.owner_removes(min(model.outside))
    model.crash_at_failpoint(0)
    model.sync()


def a_listing_that_lies(model: EngineModel) -> None:
    for day in (1, 2, 3):
        model.owner_adds(Outside(day=day, hour=10))
    model.sync()
    model.lie_once()
    model.sync()


def our_own_write_read_back(model: EngineModel) -> None:
    booked(model)
    model.sync()


def a_create_that_lands_after_its_removal(model: EngineModel) -> None:
    def meanwhile() -> None:
        model.take_out("b1")
        model.second_worker()

    model.book("b1", hour=10, day=24)
    model.server.plan("create", meanwhile)
    model.sync()


def a_listing_that_lies_about_the_only_booking(model: EngineModel) -> None:
    booked(model)
    model.sync()
    model.lie_once()
    model.sync()


def a_move_while_the_answer_to_one_is_lost(model: EngineModel) -> None:
    booked(model)
    model.book("b1", hour=15, day=24)
    model.server.plan("update", lambda: booked_again_and_cut(model, 16), after_effect=True)
    model.sync()
    model.sync()


def a_removal_undone_while_its_answer_is_lost(model: EngineModel) -> None:
    booked(model)
    model.sync()
    model.take_out("b1")
    model.server.plan("delete", lambda: booked_again_and_cut(model, 10), after_effect=True)
    model.sync()
    model.sync()


def booked_again_and_cut(model: EngineModel, hour: int) -> None:
    model.book("b1", hour=hour, day=24)
    raise Unavailable("cut")


def a_create_whose_answer_is_lost(model: EngineModel) -> None:
    model.book("b1", hour=10, day=24)
    model.server.cut("create", after_effect=True)
    model.sync()


def a_removal_before_our_write_was_read_back(model: EngineModel) -> None:
    at_a_server_whose_tokens_are_hashes(model)
    model.book("b1", hour=10, day=24)
    model.server.plan("create", lambda: model.owner_removes_ours(min(model.our_objects())), after_effect=True)
    model.sync()


def at_a_server_whose_tokens_are_hashes(model: EngineModel) -> None:
    assert isinstance(model.server, WatchedServer)
    model.server.content_tokens = True
    model.sync()


def a_token_forgotten_and_a_reading_cut_off(model: EngineModel) -> None:
    model.owner_adds(Outside(day=1, hour=10))
    model.sync()
    model.forget_tokens()
    model.server.cut("list", after_effect=False)
    model.sync()


def a_course_that_begins_long_after_what_is_looked_ahead_to(model: EngineModel) -> None:
    model.owner_adds(Outside(day=130, hour=10, count=3))
    model.sync()
    model.world.pass_time(days=100)
    model.sync()


SCENES: dict[str, Callable[[EngineModel], None]] = {
    "no If-Match": an_edit_unseen_by_our_write,
    "no fence": a_page_from_before_another_worker,
    "cursor stored early": a_crash_at_the_end_of_a_reading,
    "no sweep guard": a_listing_that_lies,
    "no echo test": our_own_write_read_back,
    "no late-create rule": a_create_that_lands_after_its_removal,
    "no look before a deletion": a_listing_that_lies_about_the_only_booking,
    "no base after a lost answer": a_move_while_the_answer_to_one_is_lost,
    "no identity of its own": a_create_whose_answer_is_lost,
    "no look for a write that was not named": a_removal_before_our_write_was_read_back,
    "wiped before it is read anew": a_token_forgotten_and_a_reading_cut_off,
    "no note of a removal sent": a_removal_undone_while_its_answer_is_lost,
    "over while out of sight": a_course_that_begins_long_after_what_is_looked_ahead_to,
}


def played(model: EngineModel, scene: Callable[[EngineModel], None]) -> None:
    scene(model)
    model.check()
    model.come_to_rest(healing=False)


def test_every_guard_has_a_scene() -> None:
    assert set(SCENES) == set(MUTANTS)


@pytest.mark.parametrize("guard", SCENES)
def test_the_engine_plays_the_scene(model: EngineModel, guard: str) -> None:
    played(model, SCENES[guard])


@pytest.mark.parametrize("guard", SCENES)
def test_without_its_guard_the_scene_breaks_a_property(model: EngineModel, guard: str) -> None:
    with without(guard), pytest.raises(AssertionError):
        played(model, SCENES[guard])


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("guard", MUTANTS)
def test_random_histories_find_that_the_guard_is_missing(guard: str) -> None:
    made = machine()
    found = "nothing"
    with without(guard):
        try:
            run_state_machine_as_test(
                seed(1)(made),
                settings=chosen(1_000, (Phase.generate,), stored=False),
            )
        except AssertionError as error:
            found = re.sub(r"/Work/[^ :]+", "an event", str(error).splitlines()[0]).split(": ")[0]
    note(f"mutant: {guard}: killed in run, by: {found}", made.runs, "killed", holds=found != "nothing")
    assert found != "nothing"
