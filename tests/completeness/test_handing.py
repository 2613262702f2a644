from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.evidence import Entry
from explo_async.completeness.handing import HandingOn
from explo_async.completeness.row_memory import Instant, RowMemory

if TYPE_CHECKING:
    from explo_async.completeness.handing import Handing


def make_handing(handing: Handing) -> tuple[HandingOn, RowMemory]:
    """Begin with the second sweep, after one with a, b and c, of which a was handed on by a former run."""
    memory = RowMemory()
    memory.recall("a")
    handing_on = HandingOn(memory, handing)
    handing_on.enter(0, 1, ["a", "b", "c"], sweep=1)
    memory.instants[1] = Instant(3, (0.0, 0.0))
    handing_on.begin_sweep()
    return handing_on, memory


@pytest.mark.parametrize(
    ("handing", "first"),
    [
        ("at the end", Entry(0, [1, 2])),
        ("as they come", Entry(0, [])),
        ("in order", Entry(0, [], skips=True)),
    ],
)
def test_the_first_sweep(handing: Handing, first: Entry) -> None:
    """It alone proves of no row that it will be in the list; at the end all that it brought is looked through."""
    memory = RowMemory()
    memory.recall("a")
    handing_on = HandingOn(memory, handing)
    assert handing_on.enter(0, 1, ["a", "b", "c"], sweep=1) == first
    assert (handing_on.duplicates, memory.handed) == (1, 1)


@pytest.mark.parametrize(
    ("handing", "entry", "handed"),
    [
        pytest.param("at the end", Entry(1, [2]), 1, id="what is new"),
        pytest.param("as they come", Entry(1, [1]), 2, id="what is known, and was neither handed on nor here before"),
        pytest.param("in order", Entry(1, [1], withdraws=True), 1, id="nothing behind what is new"),
    ],
)
def test_a_further_sweep(handing: Handing, entry: Entry, handed: int) -> None:
    """Of known rows each goes once, and one that cannot be read never goes."""
    handing_on, memory = make_handing(handing)
    assert handing_on.enter(1, 1, ["a", "b", "x", None, "b"], sweep=2) == entry
    assert (handing_on.holds(1), handing_on.duplicates, memory.handed) == (False, 4, handed)


def test_in_order() -> None:
    """Pages whose rows are all known go one after another; behind one that stays, nothing is even kept."""
    handing_on, memory = make_handing("in order")
    assert handing_on.enter(1, 1, ["a", "b"], sweep=2) == Entry(1, [1])
    assert (handing_on.holds(1), memory.handed) == (True, 2)
    assert handing_on.enter(2, 2, ["x", "c"], sweep=2) == Entry(2, [1], withdraws=True)
    assert handing_on.enter(3, 3, ["c"], sweep=2) == Entry(3, [], skips=True)
    assert [handing_on.holds(index) for index in range(4)] == [False, True, False, False]
