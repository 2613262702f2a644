"""Page arithmetic: pages, rows due on each, and the page that bridges a boundary."""

from __future__ import annotations

from itertools import chain
from math import lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.plan import COUNT, Ask, bridge, other_size, page_count, rows_due

totals = st.integers(0, 10**9)
sizes = st.integers(1, 1000)


@pytest.mark.parametrize(
    ("total", "size", "pages"),
    [(0, 1000, 0), (1, 1000, 1), (999, 1000, 1), (1000, 1000, 1), (1001, 1000, 2), (7, 1, 7), (10**12, 20, 5 * 10**10)],
)
def test_page_count(total: int, size: int, pages: int) -> None:
    """A list has a page for each full share of rows, and one for what is left."""
    assert page_count(total, size) == pages


@pytest.mark.parametrize(
    ("number", "size", "total", "rows"),
    [(1, 10, 0, 0), (1, 10, 7, 7), (1, 10, 25, 10), (2, 10, 25, 10), (3, 10, 25, 5), (4, 10, 25, 0), (9, 10, 25, 0)],
)
def test_rows_due(number: int, size: int, total: int, rows: int) -> None:
    """Every page is full but the last, and past the end nothing is due."""
    assert rows_due(Ask(number, size), total) == rows


@given(st.integers(0, 300), st.integers(1, 50))
def test_every_row_once(total: int, size: int) -> None:
    """The pages of a list hold every row exactly once, in order."""
    rows = list(range(total))
    pages = [rows[(n - 1) * size :][: rows_due(Ask(n, size), total)] for n in range(1, page_count(total, size) + 1)]
    assert list(chain.from_iterable(pages)) == rows
    assert all(pages)


@given(totals, sizes)
def test_last_page(total: int, size: int) -> None:
    """A list of any length has rows on its last page, and none after it."""
    last = page_count(total, size)
    assert rows_due(Ask(last + 1, size), total) == 0
    assert total == 0 or (last - 1) * size + rows_due(Ask(last, size), total) == total


@pytest.mark.parametrize(("number", "size", "rows"), [(1, 10, 0), (2, 10, 10), (7, 1, 6)])
def test_rows_before_a_page(number: int, size: int, rows: int) -> None:
    """Before a page stand the rows of all pages of its size that precede it."""
    assert Ask(number, size).first == rows


def test_a_mere_count() -> None:
    """The smallest page that there is tells the total as well as any other."""
    assert Ask(1, 1) == COUNT


@pytest.mark.parametrize(
    ("size", "largest", "sizes"),
    [
        pytest.param(1000, 1000, [993, 986, 979], id="the largest already"),
        pytest.param(250, 1000, [1000, 993, 986], id="the largest first"),
        pytest.param(2, 10, [10, 9, 8], id="small ones by one row"),
        pytest.param(2, 100, [100, 99, 98], id="the largest of the small ones"),
        pytest.param(2, 101, [101, 94, 87], id="the smallest of the large ones"),
        pytest.param(2, 2, [1, 1, 1], id="never less than one row"),
        pytest.param(1, 1, [1, 1, 1], id="there is no other"),
    ],
)
def test_sizes_of_further_sweeps(size: int, largest: int, sizes: list[int]) -> None:
    """A further sweep has the largest pages that are not those of the first, and each one after it smaller ones."""
    assert [other_size(size, turn, largest=largest) for turn in (1, 2, 3)] == sizes


@pytest.mark.parametrize(
    ("boundary", "size", "found"),
    [
        pytest.param(1000, 1000, Ask(2, 800), id="200 rows on one side, 600 on the other"),
        pytest.param(999_000, 1000, Ask(1017, 983), id="the first with a quarter on either side"),
        pytest.param(18, 9, Ask(3, 8), id="just a quarter"),
        pytest.param(36, 6, Ask(8, 5), id="less than a quarter"),
        pytest.param(3, 3, Ask(2, 2), id="two rows"),
        pytest.param(6, 3, Ask(2, 4), id="no smaller one bridges it"),
        pytest.param(2, 2, Ask(1, 3), id="nothing smaller than two rows"),
        pytest.param(1, 1, Ask(1, 2), id="pages of one row"),
        pytest.param(6, 1, Ask(2, 4), id="pages of one row, later on"),
        pytest.param(lcm(*range(2, 53)), 4, Ask(lcm(*range(2, 53)) // 53 + 1, 53), id="the last size tried"),
        pytest.param(lcm(*range(2, 59)), 9, None, id="divisible by all that are tried"),
        pytest.param(0, 1000, None, id="no row before it"),
    ],
)
def test_bridge(boundary: int, size: int, found: Ask | None) -> None:
    """A boundary is bridged by the first smaller page with many rows on both sides, else by the best there is."""
    assert bridge(boundary, size) == found


@given(totals, sizes)
def test_bridge_holds_both_rows(boundary: int, size: int) -> None:
    """The page that bridges a boundary has another size and holds the rows before and after it."""
    found = bridge(boundary, size)
    assert (found is None) == (boundary == 0)
    if found:
        rows = range(found.first, found.first + found.size)
        assert found.size != size
        assert boundary - 1 in rows
        assert boundary in rows


@given(st.integers(1, 10**6), st.integers(100, 1000))
def test_bridge_of_usual_pages(number: int, size: int) -> None:
    """From a hundred rows a page on, no boundary needs a larger page, and almost a quarter stands on either side."""
    found = bridge(number * size, size)
    assert found is not None
    before = number * size - found.first
    assert found.size < size
    assert 0.2 * found.size <= before <= 0.8 * found.size
