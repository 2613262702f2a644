from __future__ import annotations

import pytest

from explo_async.completeness.page_slots import PageSlots, pages_touched, whole_pages
from explo_async.plan import Ask
from tests.completeness.made import make_reading


class Links:
    """Which answers hang together; all of them until a test says otherwise."""

    def __init__(self) -> None:
        self.broken: set[tuple[int, int]] = set()

    def __call__(self, one: int, other: int) -> bool:
        return (one, other) not in self.broken


def make_slots(*numbers: int) -> tuple[PageSlots, Links]:
    """Make slots in which page n was answered by the answer at place n."""
    links = Links()
    slots = PageSlots(links)
    for number in numbers:
        slots.put(number, make_reading(number, number))
    return slots, links


def test_nothing_answered() -> None:
    """Before any answer nothing is connected, and no page is there."""
    slots, _ = make_slots()
    assert (slots.connected, slots.answered, slots.highest, slots.get(1), 1 in slots) == (0, 0, 0, None, False)


def test_connected_up_to_the_first_gap() -> None:
    """Pages are connected from the first on, up to one that nobody answered."""
    slots, _ = make_slots(1, 2, 4)
    assert (slots.connected, slots.answered, slots.highest) == (2, 2, 4)
    slots.put(3, make_reading(3, 3))
    assert (slots.connected, slots.answered) == (4, 4)


def test_connected_up_to_a_broken_link() -> None:
    """A link that does not hold ends what is connected, and not what is answered."""
    slots, links = make_slots(1, 2, 3)
    links.broken.add((2, 3))
    assert (slots.connected, slots.answered) == (2, 3)


def test_another_answer_for_a_page_is_looked_at_anew() -> None:
    """When a page is answered again, its links with both its neighbours count as they are now."""
    slots, links = make_slots(1, 2, 3)
    assert slots.connected == 3
    links.broken.add((1, 7))
    slots.put(2, make_reading(7, 2))
    assert slots.connected == 1
    assert slots.highest == 3
    slots.put(1, make_reading(8, 1))
    assert slots.connected == 3


def test_removed_page() -> None:
    """A page that is no more is neither connected nor there, also when it never was."""
    slots, _ = make_slots(1, 2, 3)
    assert slots.connected == 3
    slots.remove(2)
    slots.remove(9)
    assert (slots.connected, 2 in slots, 3 in slots) == (1, False, True)


def test_flaw() -> None:
    """A page up to the goal that is not fit is a flaw; one after it is not."""
    slots, _ = make_slots(1, 2)
    slots.put(3, make_reading(3, 3, fit=False))
    assert [slots.has_flaw(goal) for goal in (2, 3, 4)] == [False, True, True]


def test_rows_after_a_page() -> None:
    """Rows stand behind a page if a later one shows any; an empty page shows none."""
    slots, _ = make_slots(1, 2)
    slots.put(3, make_reading(3, 3, rows=0))
    assert [slots.has_rows_after(number) for number in (1, 2, 3)] == [True, False, False]


def test_broken_links() -> None:
    """The pages that do not hang together with the next one are given with both answers, up to the goal."""
    slots, links = make_slots(1, 2, 3, 5, 6)
    links.broken |= {(1, 2), (2, 3), (5, 6)}

    def find(goal: int) -> list[tuple[int, int, int]]:
        return [(number, left.index, right.index) for number, left, right in slots.broken_links(goal)]

    assert find(9) == [(1, 1, 2), (2, 2, 3), (5, 5, 6)]
    assert find(5) == [(1, 1, 2), (2, 2, 3)]
    assert find(2) == [(1, 1, 2)]
    links.broken.discard((1, 2))
    assert find(9) == [(2, 2, 3), (5, 5, 6)]


@pytest.mark.parametrize(
    ("ask", "rows", "whole", "touched"),
    [
        pytest.param(Ask(2, 3), 3, [2], [2], id="a page"),
        pytest.param(Ask(2, 6), 6, [3, 4], [3, 4], id="a larger one"),
        pytest.param(Ask(1, 9), 7, [1, 2, 3], [1, 2, 3], id="a larger one at the end of the list"),
        pytest.param(Ask(2, 2), 2, [], [1, 2], id="a bridge"),
        pytest.param(Ask(2, 4), 4, [], [2, 3], id="a bridge from within one page to the end of another"),
        pytest.param(Ask(3, 3), 0, [], [3], id="an empty page"),
    ],
)
def test_pages_of_an_answer(ask: Ask, rows: int, whole: list[int], touched: list[int]) -> None:
    """A larger page consists of whole ones, a bridge of parts of some."""
    assert list(whole_pages(ask, rows, size=3)) == whole
    assert list(pages_touched(ask, rows, size=3)) == touched
