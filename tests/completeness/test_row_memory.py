from __future__ import annotations

import pytest

from explo_async.completeness.row_memory import Instant, RowMemory, Sight


def make_memory(*sweeps: str, recalled: str = "") -> RowMemory:
    """See rows sweep by sweep, with a COUNT after each that tells as many rows as the sweep has."""
    memory = RowMemory()
    memory.recall(recalled)
    for sweep, rows in enumerate(sweeps, 1):
        for row in rows:
            memory.see(row, sweep)
        memory.instants[sweep] = Instant(len(rows), (0.0, 0.0))
    return memory


def test_what_had_been_known_of_a_row() -> None:
    """The first sight of a row says that it is new; later ones in which sweeps it was, and whether it was handed on."""
    memory = make_memory("ab", recalled="r")
    assert memory.see("n", 2) == Sight(earlier=False, again=False, handed=False)
    assert memory.see("n", 2) == Sight(earlier=False, again=True, handed=False)
    assert memory.see("a", 2) == Sight(earlier=True, again=False, handed=False)
    assert memory.see("a", 2) == Sight(earlier=True, again=True, handed=False)
    assert memory.see("r", 2) == Sight(earlier=True, again=False, handed=True)
    memory.hand_on(["a"], 2)
    assert memory.see("a", 2) == Sight(earlier=True, again=True, handed=True)
    assert len(memory) == 4


def test_rows_before_and_after_an_instant() -> None:
    """A row was there at every instant between the first and the last sweep in which it was seen, and at no other."""
    memory = make_memory("ab", "ac", "bc")
    was_there = {row: [memory.was_there(row, sweep) for sweep in (1, 2, 3)] for row in "abcx"}
    assert was_there == {
        "a": [True, False, False],
        "b": [True, True, False],
        "c": [False, True, False],
        "x": [False, False, False],
    }
    assert [memory.instants[sweep].matched for sweep in (1, 2, 3)] == [2, 2, 0]


def test_an_instant_before_a_row_came_again_matches_it_later() -> None:
    """What a sweep did not show, and a later one does, was there in between."""
    memory = make_memory("ab", "a", "")
    assert [memory.instants[sweep].matched for sweep in (1, 2)] == [1, 0]
    memory.see("b", 4)
    assert [memory.instants[sweep].matched for sweep in (1, 2, 3)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("sweeps", "found"),
    [
        pytest.param(("ab", "x"), None, id="nothing was seen again"),
        pytest.param(("ab", "a"), None, id="not all of it"),
        pytest.param(("ab", "ab"), 1, id="all of it"),
        pytest.param(("ab", "ab", "ab"), 2, id="twice: the latest counts"),
        pytest.param(("ab", "ab", "a"), 1, id="later not all of it"),
    ],
)
def test_the_instant_all_of_whose_rows_are_known(sweeps: tuple[str, ...], found: int | None) -> None:
    """It is the latest one before and after which as many rows were seen as it told."""
    assert make_memory(*sweeps).find(all_handed=False) == found


def test_what_was_handed_on_must_be_the_list() -> None:
    """Where rows go to the consumer, no others may have gone and none be left."""
    memory = make_memory("ab", "ab")
    assert memory.find(all_handed=True) is None
    memory.hand_on(["a"], 2)
    assert memory.find(all_handed=True) is None
    memory.hand_on(["b"], 2)
    assert memory.find(all_handed=True) == 1
    memory.recall("x")
    assert (memory.find(all_handed=True), memory.find(all_handed=False)) == (None, 1)


def test_rows_of_a_former_run() -> None:
    """They were seen before every instant, and were handed on."""
    memory = make_memory("a", "a", recalled="ax")
    assert (memory.handed, memory.instants[1].matched, memory.instants[1].handed) == (2, 1, 1)
    assert memory.was_there("a", 1)
    assert not memory.was_there("x", 1)


def test_what_a_sweep_lost() -> None:
    """Rows that were handed on, and that a sweep does not show; before the first sweep nothing is lost."""
    memory = make_memory("ab", "a", recalled="abx")
    assert [memory.lost(sweep) for sweep in (0, 1, 2)] == [0, 1, 2]
