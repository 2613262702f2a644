from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.chain import Chain
from explo_async.completeness.page_slots import PageSlots
from explo_async.completeness.repairs import find_bridges, find_stale, find_unanswered, group
from explo_async.plan import Ask
from tests.completeness.made import make_reading

if TYPE_CHECKING:
    from explo_async.completeness.reading import Reading

SIZE = 3
GOAL = 3
BRIDGE = Ask(2, 2)


Tries = dict[int, int]


def make_chain(*pages: int, total: int = 9) -> Chain:
    """Make a chain of full pages that are in no picture and share nothing."""
    chain = Chain(by_pictures=True)
    for index, number in enumerate(pages):
        reading = make_reading(index, number, total=total)
        chain.enter(reading, ())
        chain.pages.put(number, reading)
    return chain


def join(chain: Chain, *indexes: int) -> None:
    """Let an answer share rows with each of these."""
    chain.enter(make_reading(len(chain), 2), indexes)


def is_current(reading: Reading) -> bool:
    return reading.index % 2 == 1


def test_unanswered_pages() -> None:
    """The pages up to the goal without an answer are given, and none after it."""
    chain = make_chain(1, 3)
    assert list(find_unanswered(chain, size=SIZE, goal=5)) == [Ask(2, 3), Ask(4, 3), Ask(5, 3)]
    assert list(find_unanswered(chain, size=SIZE, goal=1)) == []


def test_stale_pages() -> None:
    """On both sides of a broken link only what is not of the present picture is read again."""
    assert find_stale(make_chain(1, 2, 3), is_current, goal=GOAL) == {1, 3}
    assert find_stale(make_chain(1, 2, 3), lambda _: True, goal=GOAL) == set()
    assert find_stale(make_chain(1, 2, 3), lambda _: False, goal=GOAL) == {1, 2, 3}


def test_a_link_that_holds_makes_nothing_stale() -> None:
    """Pages that hang together are left alone; the last one as long as it shows the end."""
    chain = make_chain(1, 2, 3)
    join(chain, 0, 1, 2)
    assert find_stale(chain, lambda _: False, goal=GOAL) == {3}
    assert find_stale(chain, lambda reading: reading.number == GOAL, goal=GOAL) == set()
    chain.seal(2, 1)
    assert find_stale(chain, lambda _: False, goal=GOAL) == set()


def test_an_end_that_nobody_answered_is_not_stale() -> None:
    """What is missing altogether is asked for elsewhere."""
    chain = make_chain(1, 2)
    join(chain, 0, 1)
    assert find_stale(chain, lambda _: False, goal=GOAL) == set()


@pytest.mark.parametrize(
    ("pages", "total", "largest", "asks"),
    [
        pytest.param({5}, 99, 6, [Ask(5, 3)], id="a single page"),
        pytest.param({1, 2}, 99, 6, [Ask(1, 6)], id="two in one"),
        pytest.param({2, 3}, 99, 6, [Ask(2, 3), Ask(3, 3)], id="two that no larger page holds"),
        pytest.param({1, 2, 3, 4, 5}, 99, 6, [Ask(1, 6), Ask(2, 6), Ask(5, 3)], id="several"),
        pytest.param({4, 6}, 99, 10, [Ask(2, 9)], id="one between them comes along"),
        pytest.param({3, 4}, 12, 6, [Ask(2, 6)], id="its last row is due"),
        pytest.param({3, 4}, 11, 6, [Ask(3, 3), Ask(4, 3)], id="its last row is not due"),
        pytest.param({1, 2}, 5, 6, [Ask(1, 6)], id="page 1 cannot be mistaken"),
        pytest.param({1, 2}, 99, 5, [Ask(1, 3), Ask(2, 3)], id="no room for two"),
        pytest.param({1, 2}, 99, 2, [Ask(1, 3), Ask(2, 3)], id="not even for one"),
        pytest.param(set(), 99, 6, [], id="none"),
    ],
)
def test_pages_in_groups(pages: set[int], total: int, largest: int, asks: list[Ask]) -> None:
    """Pages beside each other are asked for in one larger page, if a server that clamps it would be found out."""
    assert list(group(pages, size=SIZE, total=total, largest=largest)) == asks


def bridges(
    chain: Chain, tries: Tries, *pending: Ask, size: int = SIZE, goal: int = GOAL, current: bool = False
) -> list[Ask]:
    return list(find_bridges(chain, pending, lambda _: current, tries, size=size, goal=goal))


def test_each_broken_link_is_bridged() -> None:
    """A page of another size that holds both sides is asked for, then both sides, then the bridge again."""
    chain = make_chain(1, 2)
    tries: Tries = {}
    assert [bridges(chain, tries) for _ in range(3)] == [[BRIDGE], [Ask(1, 3), Ask(2, 3)], [BRIDGE]]
    assert tries == {1: 3}


@pytest.mark.parametrize("pending", [BRIDGE, Ask(1, 3), Ask(2, 3)])
def test_what_is_under_way_is_waited_for(pending: Ask) -> None:
    """While the bridge or one of its sides is still to come, nothing is asked for, nor counted as tried."""
    chain = make_chain(1, 2)
    tries: Tries = {}
    assert bridges(chain, tries, pending) == []
    assert tries == {}
    assert bridges(chain, tries, Ask(3, 3)) == [BRIDGE]


def test_what_no_page_bridges_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every size has a boundary, which takes a number that no list has, both sides are read again."""
    number, chain = lcm(*range(2, 60)), make_chain(1, 2)
    monkeypatch.setattr(PageSlots, "broken_links", lambda *_: iter([(number, chain[0], chain[1])]))
    assert bridges(chain, {}) == [Ask(number, 3), Ask(number + 1, 3)]


def test_the_end_is_asked_for_once_all_the_rest_holds() -> None:
    """Only the end needs a total: its page is read again unless it is, or will be, of the present picture."""
    chain = make_chain(1, 2, 3)
    tries: Tries = {}
    assert bridges(chain, tries, current=False) == [BRIDGE, Ask(2, 4)]
    join(chain, 0, 1, 2)
    assert bridges(chain, tries) == [Ask(3, 3)]
    assert bridges(chain, tries, Ask(3, 3)) == []
    assert bridges(chain, tries, current=True) == []
    chain.seal(2, 1)
    assert bridges(chain, tries) == []


def test_an_end_that_falls_short_before_others_is_read_again() -> None:
    """Rows behind it say that the list goes on: either is of another time, or rows are left out."""
    chain = make_chain(1)
    reading = make_reading(1, 2, rows=2, fit=False, falls_short=True)
    chain.enter(reading, [0])
    chain.pages.put(2, reading)
    behind = make_reading(2, 3)
    chain.enter(behind, ())
    chain.pages.put(3, behind)
    assert chain.end is None
    assert bridges(chain, {}, goal=2) == [Ask(2, 3)]
