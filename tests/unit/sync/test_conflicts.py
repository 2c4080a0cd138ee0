"""Laws of the merge, and the table of who wins."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.conflicts import OURS_WINS, REMOTE_WINS, arrived, is_confirmation, merge
from sync.model.event import Event, Kind, Recurrence, Response, Series, Status, Transparency
from sync.model.fingerprint import fingerprint
from sync.model.moments import Length, WallTime

ZONE = "America/New_York"
VALUES = {
    "start": st.integers(8, 10).map(lambda hour: WallTime(datetime(2026, 11, 24, hour), ZONE)),
    "length": st.sampled_from((45, 60, 90)).map(lambda minutes: Length(exact=timedelta(minutes=minutes))),
    "summary": st.sampled_from(("GH", "Request: GH", "Grace")),
    "description": st.sampled_from(("", "one", "two")),
    "location": st.sampled_from(("", "Room 1", "Room 2")),
    "status": st.sampled_from(Status),
    "transparency": st.sampled_from(Transparency),
    "own_response": st.sampled_from((None, *Response)),
    "categories": st.sampled_from(((), ("A",), ("B",))),
    "kind": st.sampled_from((Kind.DEFAULT, Kind.OUT_OF_OFFICE)),
    "private": st.booleans(),
}
events = st.builds(Event, **VALUES)
recurrences = st.sampled_from(
    (Recurrence(), Recurrence(rules=("FREQ=WEEKLY;COUNT=3",)), Recurrence(rules=("FREQ=DAILY;COUNT=5",)))
)
serieses = st.builds(Series, st.just("uid"), events, recurrences)
maybe = st.none() | serieses


@given(serieses)
def test_the_same_on_both_sides_is_kept(one: Series) -> None:
    assert merge(one, one, one).series == one


@given(serieses, serieses)
def test_what_changed_there_alone_is_taken(base: Series, theirs: Series) -> None:
    merged = merge(base, base, theirs)
    assert merged.series == theirs
    assert merged.clashes == ()


@given(serieses, serieses)
def test_what_changed_here_alone_stands(base: Series, ours: Series) -> None:
    merged = merge(base, ours, base)
    assert merged.series == ours
    assert merged.clashes == ()


@given(serieses, st.data())
def test_changes_of_disjoint_fields_commute(base: Series, data: st.DataObject) -> None:
    assert base.master is not None
    names = data.draw(st.permutations(sorted(VALUES)))
    cut = data.draw(st.integers(0, len(names)))
    one = replace(base, master=_changed(base.master, names[:cut], data))
    two = replace(base, master=_changed(base.master, names[cut:], data))
    assert merge(base, one, two).series == merge(base, two, one).series
    assert merge(base, one, two).clashes == ()


@given(maybe, maybe, maybe)
def test_a_merge_has_one_outcome(base: Series | None, ours: Series | None, theirs: Series | None) -> None:
    assert merge(base, ours, theirs) == merge(base, ours, theirs)


@given(serieses, serieses, serieses)
def test_a_merge_that_was_carried_out_is_stable(base: Series, ours: Series, theirs: Series) -> None:
    merged = merge(base, ours, theirs).series
    assert merged is not None
    assert merge(merged, merged, merged).series == merged
    # The remote's version is agreed at once; what is pushed afterwards is the merge.
    assert merge(theirs, merged, theirs).series == merged


@given(serieses, serieses, serieses)
def test_no_field_comes_from_nowhere(base: Series, ours: Series, theirs: Series) -> None:
    merged = merge(base, ours, theirs).series
    assert merged is not None
    assert merged.master is not None
    for name in VALUES:
        assert getattr(merged.master, name) in (getattr(ours.master, name), getattr(theirs.master, name))


@pytest.mark.parametrize("name", [*REMOTE_WINS, *OURS_WINS])
@given(base=serieses, data=st.data())
def test_the_table_decides_what_both_sides_changed(name: str, base: Series, data: st.DataObject) -> None:
    before = getattr(base.master, name)
    others = VALUES[name].filter(lambda value: value != before)
    mine, remote = data.draw(others), data.draw(others)
    assert base.master is not None
    ours = replace(base, master=replace(base.master, **{name: mine}))
    theirs = replace(base, master=replace(base.master, **{name: remote}))
    merged = merge(base, ours, theirs)
    assert merged.series is not None
    assert getattr(merged.series.master, name) == (mine if name in OURS_WINS else remote)
    assert merged.clashes == (() if mine == remote else (name,))


def test_every_field_of_an_event_has_a_side_that_wins() -> None:
    assert {item.name for item in fields(Event)} == set(REMOTE_WINS) | set(OURS_WINS) == set(VALUES)


@given(maybe, maybe)
def test_a_removal_beats_an_edit(base: Series | None, other: Series | None) -> None:
    assert merge(base, None, other).series is None
    assert merge(base, other, None).series is None


@given(serieses, serieses)
def test_of_a_write_that_arrived_whole_all_is_shared(base: Series, sent: Series) -> None:
    assert arrived(base, sent, sent) == sent


@given(serieses, serieses)
def test_of_a_write_that_did_not_arrive_nothing_new_is_shared(base: Series, sent: Series) -> None:
    assert fingerprint(arrived(base, sent, base)) == fingerprint(base)


@given(serieses, serieses, st.data())
def test_an_edit_on_top_of_an_arrived_write_is_all_that_is_theirs(
    base: Series, sent: Series, data: st.DataObject
) -> None:
    assert sent.master is not None
    name = data.draw(st.sampled_from(sorted(VALUES)))
    theirs = replace(sent, master=_changed(sent.master, [name], data))
    shared = arrived(base, sent, theirs)
    differing = {key for key in VALUES if getattr(shared.master, key) != getattr(theirs.master, key)}
    assert differing <= {name}


def test_a_confirmation_is_a_tentative_event_made_certain() -> None:
    event = Event(WallTime(datetime(2026, 11, 24, 10), ZONE), Length(exact=timedelta(hours=1)))
    tentative = replace(event, status=Status.TENTATIVE)
    assert is_confirmation(tentative, event)
    assert not is_confirmation(event, event)
    assert not is_confirmation(tentative, replace(event, status=Status.CANCELLED))


def _changed(event: Event, names: list[str], data: st.DataObject) -> Event:
    return replace(event, **{name: data.draw(VALUES[name]) for name in names})
