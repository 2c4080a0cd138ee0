"""A day as a picture says of every time what slots say."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given

from booking.holds import HoldRow
from booking.ladder import Source
from booking.picture import MOST_EXPLAINED, Layer, Opening, Picture, day_picture
from booking.practice import Block, Hold, ReleaseStage
from booking.world import Asker, World
from sync.model.moments import instant_to_wall
from tests.support.offers import (
    ANYONE,
    MONDAY,
    MORNING,
    NOW,
    a_world,
    booked,
    local,
    slots,
    span,
    with_service,
)
from tests.support.slot_worlds import Case, cases
from tests.unit.booking.test_slot_properties import candidates, offered

DENTIST = Source("Work", "Dentist", local("09:30"), local("10:30"), NOW)


def pictured(
    world: World, *, day: date = MONDAY, client: Asker = ANYONE, sources: tuple[Source, ...] = ()
) -> Picture:
    return day_picture(world, service="s", client=client, day=day, now=NOW, sources=sources)


def bands(picture: Picture, layer: Layer) -> list[str]:
    clocks = [
        tuple(f"{instant_to_wall(at, picture.zone):%H:%M}" for at in (band.span.start, band.span.end))
        for band in picture.bands
        if band.layer is layer
    ]
    return ["-".join(pair) for pair in clocks]


def test_the_layers_lie_in_their_order() -> None:
    hold = Hold("early", time(9), time(10), days=frozenset({0}))
    world = with_service(
        a_world(
            blocks=[MORNING, Block(frozenset({0}), time(13), time(14), online=False)],
            busy=[span("09:30", "10:30")], bookings=[booked("11:00", "11:45")], holds=[HoldRow("h", hold)],
        ),
        buffer_before=timedelta(minutes=5), buffer_after=timedelta(minutes=10),
    )  # fmt: skip
    picture = pictured(world, sources=(DENTIST,))
    assert bands(picture, Layer.BLOCK) == ["09:00-12:00"]
    assert bands(picture, Layer.OFFLINE) == ["13:00-14:00"]
    assert bands(picture, Layer.BUSY) == ["09:30-10:30"]
    assert bands(picture, Layer.BUFFER) == ["09:20-09:30", "10:30-10:35", "10:50-11:00", "11:45-11:50"]
    assert bands(picture, Layer.HELD) == ["09:00-10:00"]
    assert bands(picture, Layer.BOOKING) == ["11:00-11:45"]
    order = [band.layer for band in picture.bands]
    assert order == sorted(order, key=list(Layer).index)


def test_held_time_says_when_it_opens() -> None:
    hold = Hold(
        "early", time(9), time(10), days=frozenset({0}), release=(ReleaseStage(exact=timedelta(hours=48)),)
    )
    (held,) = [
        band for band in pictured(a_world(holds=[HoldRow("h", hold)])).bands if band.layer is Layer.HELD
    ]
    assert held.about == Opening("early", ("nobody",), local("09:00") - timedelta(hours=48))


def test_each_time_of_the_grid_is_there_and_says_why_not() -> None:
    picture = pictured(a_world(busy=[span("09:30", "10:30")]), sources=(DENTIST,))
    assert len(picture.candidates) == 10
    refused = [candidate for candidate in picture.candidates if not candidate.bookable]
    assert {candidate.explanation.failed[0].source for candidate in refused} == {DENTIST}


def test_what_reaches_over_midnight_is_cut() -> None:
    night = Source("Work", None, local("20:00"), local("20:00") + timedelta(hours=10), NOW)
    (band,) = [each for each in pictured(a_world(), sources=(night,)).bands if each.layer is Layer.BUSY]
    assert band.span.end == pictured(a_world()).window.end


def test_a_grid_of_single_minutes_is_thinned_but_keeps_every_offer() -> None:
    world = a_world(blocks=[replace(MORNING, end=time(18))], rules={"increment": timedelta(minutes=1)},
                    busy=[span("10:00", "18:00")])  # fmt: skip
    picture = pictured(world)
    offers = [candidate.span.start for candidate in picture.candidates if candidate.bookable]
    assert offers == [slot.start for slot in slots(world)]
    assert len(picture.candidates) <= MOST_EXPLAINED + len(offers)


@candidates
@given(cases())
def test_the_picture_offers_what_slots_offer_and_names_a_rule_for_all_else(case: Case) -> None:
    whole = replace(case, mode=None)
    day = instant_to_wall(case.window.start, case.world.zone).date()
    picture = day_picture(case.world, service="s", client=case.client, day=day, now=case.now)
    drawn = {candidate.span.start: candidate for candidate in picture.candidates}
    expected = {start for start in offered(whole) if picture.window.holds(start)}
    inside = {start for start, each in drawn.items() if each.bookable and case.window.holds(start)}
    assert inside == expected
    assert all(each.bookable or each.explanation.failed for each in picture.candidates)
