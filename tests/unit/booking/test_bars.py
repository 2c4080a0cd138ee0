from booking.bars import EVER, clear_of, common_bars, merged_bars, without


def test_a_start_may_touch_what_it_must_stay_clear_of() -> None:
    low, high = clear_of(100, 200, 30)
    assert (low, high) == (71, 200)


def test_room_before_and_after_widens_what_is_forbidden() -> None:
    assert clear_of(100, 200, 30, before=5, after=7) == (64, 205)


def test_bars_that_touch_may_stay_apart_and_overlapping_ones_become_one() -> None:
    assert merged_bars([(5, 9), (1, 3), (2, 6), (20, 21)]) == [(1, 9), (20, 21)]


def test_a_bar_inside_another_adds_nothing() -> None:
    assert merged_bars([(1, 10), (2, 3), (9, 10)]) == [(1, 10)]


def test_what_both_forbid_is_forbidden() -> None:
    assert common_bars([(1, 5), (8, 12)], [(3, 9), (11, 20)]) == [(3, 5), (8, 9), (11, 12)]
    assert common_bars([(-EVER, EVER)], [(3, 9)]) == [(3, 9)]


def test_single_starts_are_let_through() -> None:
    assert without([(1, 5), (7, 9)], [3, 7, 20]) == [(1, 3), (4, 5), (8, 9)]
