"""One call is made ahead of what is dealt with, never more."""

import threading

import pytest

from sync.backends.ahead import one_ahead


def test_results_come_in_the_order_of_their_items():
    assert list(one_ahead(lambda item: item * 2, [1, 2, 3])) == [(1, 2), (2, 4), (3, 6)]


def test_nothing_is_called_for_no_items():
    assert list(one_ahead(lambda item: 1 / item, [])) == []


def test_a_single_item_needs_no_thread():
    ((_, thread),) = one_ahead(lambda _: threading.current_thread(), [1])
    assert thread is threading.current_thread()


def test_the_next_is_under_way_while_one_is_dealt_with_and_the_one_after_is_not():
    begun = {item: threading.Event() for item in (1, 2, 3)}
    results = one_ahead(lambda item: begun[item].set(), [1, 2, 3])
    next(results)
    assert begun[2].wait(10)
    assert not begun[3].is_set()
    list(results)


def test_what_a_call_raises_is_raised_in_its_turn():
    results = one_ahead(lambda item: 1 / item, [1, 0, 2])
    assert next(results) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_a_reader_that_stops_early_leaves_no_thread_behind():
    before = threading.active_count()
    results = one_ahead(lambda item: item, [1, 2, 3])
    next(results)
    results.close()
    assert threading.active_count() == before
