from __future__ import annotations

import pytest

from explo_async.completeness.chain import Chain
from tests.completeness.made import make_reading


def make_chain(*pages: int, total: int = 9, by_pictures: bool = True) -> Chain:
    """Make a chain of full pages of three rows that share nothing."""
    chain = Chain(by_pictures=by_pictures)
    for index, number in enumerate(pages):
        rows = max(0, min(3, total - 3 * (number - 1)))
        enter(chain, index, number, rows=rows, total=total)
    return chain


def enter(
    chain: Chain,
    index: int,
    number: int,
    *shared: int,
    rows: int = 3,
    total: int = 9,
    fit: bool = True,
    falls_short: bool = False,
) -> None:
    reading = make_reading(index, number, rows=rows, total=total, fit=fit, falls_short=falls_short)
    chain.enter(reading, shared)
    chain.pages.put(number, reading)


def test_answers_are_kept_by_their_places() -> None:
    """The chain gives each answer at its place, and all of them in order."""
    chain = make_chain(1, 3, 2)
    assert (len(chain), chain[1].number, [reading.number for reading in chain]) == (3, 3, [1, 3, 2])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (0, 2, 1), (1, 0, 2)])
def test_neighbours_in_one_picture_hang_together(order: tuple[int, ...]) -> None:
    """Pages that follow each other within one picture are joined, in whatever order it is sealed."""
    chain = make_chain(1, 2, 3)
    for index in order[:2]:
        chain.seal(index, 1)
    chain.seal(order[2], 1)
    assert chain.connected == 3
    assert chain.together(0, 2)
    assert chain.holds(2)


def test_neighbours_in_two_pictures_do_not() -> None:
    """What follows in another picture may follow with a gap."""
    chain = make_chain(1, 2)
    chain.seal(0, 1)
    chain.seal(1, 2)
    assert (chain.connected, chain.holds(1)) == (1, False)


def test_pages_that_are_no_neighbours_do_not() -> None:
    """Within a picture only what begins where another ends is joined with it."""
    chain = make_chain(1, 3)
    chain.seal(0, 1)
    chain.seal(1, 1)
    assert not chain.together(0, 1)


def test_an_answer_that_is_not_fit_links_nothing() -> None:
    """What has other rows than its total calls for ends who knows where."""
    chain = make_chain(1)
    enter(chain, 1, 2, fit=False)
    chain.seal(0, 1)
    chain.seal(1, 1)
    assert chain[1].picture == 1
    assert not chain.together(0, 1)


def test_pictures_link_nothing_where_totals_are_not_trusted() -> None:
    """Without trust in totals only shared rows join; the picture is noted all the same."""
    chain = make_chain(1, 2, 3, by_pictures=False)
    for index in range(3):
        chain.seal(index, 1)
    assert (chain.connected, chain[2].picture) == (1, 1)


def test_shared_rows_join() -> None:
    """An answer that shows rows of two others joins both, whatever their pictures."""
    chain = make_chain(1, 2, by_pictures=False)
    enter(chain, 2, 2, 0, 1)
    assert chain.together(0, 1)
    assert chain.connected == 2


def test_all_first_pages_hang_together() -> None:
    """Whoever shows the first rows of the list has the start of it."""
    chain = make_chain(1, 1)
    assert chain.holds(0)
    assert chain.holds(1)
    assert chain.together(0, 1)
    assert not make_chain(2).holds(0)


def test_recalled_rows_follow_the_start() -> None:
    """Rows of a former run hang together with the start, and with what shares rows with them."""
    chain = Chain(by_pictures=True)
    chain.recall(make_reading(0, 1, fit=False, total=-1))
    chain.recall(make_reading(1, 2, fit=False, total=-1))
    chain.enter(make_reading(2, 3), [1])
    chain.enter(make_reading(3, 3), [])
    assert [chain.holds(index) for index in range(4)] == [True, True, True, False]
    assert len(chain) == 4


def test_an_end_shown_by_a_picture() -> None:
    """A last page whose rows reach its total is the end once it is in a picture, and hangs together with the start."""
    chain = make_chain(1, 2, 3)
    chain.seal(0, 1)
    chain.seal(1, 1)
    assert chain.end is None
    chain.seal(2, 1)
    assert chain.end is chain[2]
    apart = make_chain(1, 2, 3)
    apart.seal(2, 1)
    assert apart.end is None


def test_an_end_shown_by_rows() -> None:
    """A page that has fewer rows than its own total calls for was not cut by it: the list ended there."""
    chain = make_chain(1, total=9, by_pictures=False)
    enter(chain, 1, 2, 0, rows=2, fit=False, falls_short=True)
    assert chain.end is chain[1]


def test_a_short_page_with_rows_behind_it_is_no_end() -> None:
    """Rows behind it show that this server leaves rows out in the middle."""
    chain = make_chain(1, 3, by_pictures=False)
    enter(chain, 2, 2, 0, 1, rows=2, fit=False, falls_short=True)
    assert chain.end is None
    chain.pages.remove(3)
    assert chain.end is chain[2]


def test_the_latest_end_counts() -> None:
    """Of several answers that show an end the one that came last is taken, if it holds."""
    chain = make_chain(1, 3, by_pictures=False)
    enter(chain, 2, 3, 1)
    chain.seal(1, 1)
    chain.seal(2, 1)
    assert chain.end is None
    enter(chain, 3, 2, 0, 2)
    assert chain.end is chain[2]


def test_no_rows_are_an_end_only_of_an_empty_list() -> None:
    """A page without rows shows the end if its total is none; else it shows nothing that is joined to anything."""
    empty = make_chain(1, total=0)
    empty.seal(0, 1)
    assert empty.end is empty[0]
    hidden = Chain(by_pictures=True)
    enter(hidden, 0, 1, rows=0, total=9, fit=False, falls_short=True)
    assert hidden.end is None


def test_a_denied_end() -> None:
    """An answer that reaches the end and says that more follows denies it, until another one shows an end."""
    chain = Chain(by_pictures=True)
    assert not chain.end_denied
    chain.enter(make_reading(0, 3, fit=False, denies_end=True), ())
    assert chain.end_denied
    chain.enter(make_reading(1, 1), ())
    chain.enter(make_reading(2, 1, rows=0, fit=False, falls_short=True), ())
    assert chain.end_denied
    chain.enter(make_reading(3, 3), ())
    assert not chain.end_denied
    chain.enter(make_reading(4, 3, fit=False, denies_end=True), ())
    chain.enter(make_reading(5, 3, rows=2, fit=False, falls_short=True), ())
    assert not chain.end_denied
