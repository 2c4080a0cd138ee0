"""The three-way merge of one series, cell by cell; its domain is finite, so this is a proof."""

from itertools import product

import pytest

from sync.model.fingerprint import Fingerprint
from sync.reconcile import Step, decide

NONE, A, B, C = None, Fingerprint("a"), Fingerprint("b"), Fingerprint("c")
TRIPLES = tuple(product((NONE, A, B, C), repeat=3))

# (was, ours, theirs): every way in which three values can be equal, different or absent.
TABLE = {
    (NONE, NONE, NONE): None,
    (NONE, NONE, A): Step.PULL,
    (NONE, A, NONE): Step.PUSH,
    (NONE, A, A): Step.ADOPT,
    (NONE, A, B): Step.CONFLICT,
    (A, NONE, NONE): Step.FORGET,
    (A, NONE, A): Step.PUSH_DELETE,
    (A, NONE, B): Step.CONFLICT,
    (A, A, NONE): Step.PULL_DELETE,
    (A, A, A): None,
    (A, A, B): Step.PULL,
    (A, B, NONE): Step.CONFLICT,
    (A, B, A): Step.PUSH,
    (A, B, B): Step.ADOPT,
    (A, B, C): Step.CONFLICT,
}


@pytest.mark.parametrize("triple, step", TABLE.items(), ids=str)
def test_every_cell_is_as_written(triple: tuple[Fingerprint | None, ...], step: Step | None) -> None:
    assert decide(*triple) is step


def test_the_table_covers_every_triple() -> None:
    assert {_renamed(triple) for triple in TRIPLES} == set(TABLE)


@pytest.mark.parametrize("triple", TRIPLES, ids=str)
def test_triples_of_one_shape_have_one_step(triple: tuple[Fingerprint | None, ...]) -> None:
    assert decide(*triple) is TABLE[_renamed(triple)]


@pytest.mark.parametrize("triple", TRIPLES, ids=str)
def test_a_plan_carried_out_leaves_nothing_to_do(triple: tuple[Fingerprint | None, ...]) -> None:
    assert decide(*_carried_out(*triple)) is None


@pytest.mark.parametrize("triple", TRIPLES, ids=str)
def test_a_step_never_overwrites_what_only_one_side_changed(triple: tuple[Fingerprint | None, ...]) -> None:
    was, ours, theirs = triple
    end, *_ = _carried_out(was, ours, theirs)
    if ours == was:
        assert end == theirs
    elif theirs == was:
        assert end == ours


def _renamed(triple: tuple[Fingerprint | None, ...]) -> tuple[Fingerprint | None, ...]:
    """The same triple with its values named in the order in which they appear."""
    names: dict[Fingerprint | None, Fingerprint | None] = {NONE: NONE}
    free = iter((A, B, C))
    for value in triple:
        if value not in names:
            names[value] = next(free)
    return tuple(names[value] for value in triple)


def _carried_out(
    was: Fingerprint | None, ours: Fingerprint | None, theirs: Fingerprint | None
) -> tuple[Fingerprint | None, Fingerprint | None, Fingerprint | None]:
    """(was, ours, theirs) after the step was applied; a merge comes out as some value that both sides then have."""
    step = decide(was, ours, theirs)
    if step in (Step.PULL, Step.PULL_DELETE, Step.ADOPT, Step.FORGET):
        return theirs, theirs, theirs
    if step in (Step.PUSH, Step.PUSH_DELETE):
        return ours, ours, ours
    if step is Step.CONFLICT:
        merged = None if ours is None or theirs is None else Fingerprint("merged")
        return merged, merged, merged
    return was, ours, theirs
