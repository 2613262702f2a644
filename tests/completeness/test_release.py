from __future__ import annotations

from explo_async.completeness.release import Release
from explo_async.completeness.row_memory import Instant, RowMemory


def make_release(rows: str) -> tuple[Release, RowMemory]:
    """Begin with the second sweep over these rows, and let there be a third."""
    memory = RowMemory()
    for row in rows:
        memory.see(row, 1)
    memory.instants.update({sweep: Instant(len(rows), (0.0, 0.0)) for sweep in (1, 2)})
    return Release(memory), memory


def test_pages_go_in_the_order_of_the_list() -> None:
    """A page waits for those before it, and its rows are handed on when it goes."""
    release, memory = make_release("abcd")
    release.enter(7, 2, ["c", "d"], sweep=2, certain=True)
    assert (7 in release, memory.handed) == (False, 0)
    release.enter(9, 1, ["a"], sweep=2, certain=True)
    assert (7 in release, 9 in release, memory.handed) == (True, True, 3)
    assert not release.stopped


def test_nothing_goes_behind_a_row_that_is_new() -> None:
    """The page with that row stays, and so does what waits behind it or comes later."""
    release, _ = make_release("abcd")
    release.enter(0, 1, ["a"], sweep=2, certain=True)
    release.enter(2, 3, ["d"], sweep=2, certain=True)
    release.enter(1, 2, ["c"], sweep=2, certain=False)
    assert release.stopped
    release.enter(3, 2, ["c"], sweep=2, certain=True)
    assert [index in release for index in range(4)] == [True, False, False, False]


def test_the_next_sweep_begins_with_page_1() -> None:
    """What waited is forgotten, since it comes again; what went stays gone."""
    release, _ = make_release("abcd")
    release.enter(0, 1, ["a"], sweep=2, certain=True)
    release.enter(1, 3, ["d"], sweep=2, certain=True)
    release.enter(2, 2, ["c"], sweep=2, certain=False)
    release.begin_sweep()
    assert not release.stopped
    release.enter(3, 2, ["b"], sweep=3, certain=True)
    assert 3 not in release
    release.enter(4, 1, ["a"], sweep=3, certain=True)
    assert [index in release for index in range(5)] == [True, False, False, True, True]
