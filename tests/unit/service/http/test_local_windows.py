"""Moving windows in one process."""

from service.http.local_windows import LocalWindows


def test_a_window_moves() -> None:
    windows = LocalWindows()

    def spend(at: float) -> int | None:
        return windows.spend("a", count=2, seconds=60, at=at)

    assert [spend(0), spend(30), spend(59)] == [None, None, 1]
    assert spend(60) is None
    assert spend(61) == 29
    assert spend(90) is None


def test_a_refused_call_is_not_counted() -> None:
    windows = LocalWindows()
    assert [windows.spend("a", count=1, seconds=10, at=at) for at in (0, 5, 9, 10)] == [None, 5, 1, None]


def test_parties_do_not_concern_each_other() -> None:
    windows = LocalWindows()
    assert windows.spend("a", count=1, seconds=10, at=0) is None
    assert windows.spend("b", count=1, seconds=10, at=0) is None


def test_those_who_called_longest_ago_are_forgotten_first() -> None:
    windows = LocalWindows()
    for number in range(10_001):
        windows.spend(str(number), count=1, seconds=10, at=0)
    assert windows.spend("0", count=1, seconds=10, at=1) is None
    assert windows.spend("10000", count=1, seconds=10, at=1) == 9
