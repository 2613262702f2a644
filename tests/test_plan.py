"""Page arithmetic: pages, rows due on each, and the page that bridges a boundary."""

from __future__ import annotations

from itertools import chain
from math import lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.plan import bridge, page_count, rows_due

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
    assert rows_due(number, size, total) == rows


@given(st.integers(0, 300), st.integers(1, 50))
def test_every_row_once(total: int, size: int) -> None:
    """The pages of a list hold every row exactly once, in order."""
    rows = list(range(total))
    pages = [rows[(n - 1) * size :][: rows_due(n, size, total)] for n in range(1, page_count(total, size) + 1)]
    assert list(chain.from_iterable(pages)) == rows
    assert all(pages)


@given(totals, sizes)
def test_last_page(total: int, size: int) -> None:
    """A list of any length has rows on its last page, and none after it."""
    last = page_count(total, size)
    assert rows_due(last + 1, size, total) == 0
    assert total == 0 or (last - 1) * size + rows_due(last, size, total) == total


@pytest.mark.parametrize(
    ("boundary", "size", "found"),
    [
        pytest.param(1000, 1000, (2, 999), id="one row less"),
        pytest.param(999_000, 1000, (1002, 998), id="999 rows have a boundary there too"),
        pytest.param(2, 2, (1, 3), id="nothing smaller than two rows"),
        pytest.param(1, 1, (1, 2), id="pages of one row"),
        pytest.param(6, 1, (2, 4), id="pages of one row, later on"),
        pytest.param(lcm(*range(2, 53)), 4, (lcm(*range(2, 53)) // 53 + 1, 53), id="the last size tried"),
        pytest.param(lcm(*range(2, 59)), 9, None, id="divisible by all that are tried"),
        pytest.param(0, 1000, None, id="no row before it"),
    ],
)
def test_bridge(boundary: int, size: int, found: tuple[int, int] | None) -> None:
    """A boundary is bridged by the largest smaller page that has none there, else by the least larger one."""
    assert bridge(boundary, size) == found


@given(totals, sizes)
def test_bridge_holds_both_rows(boundary: int, size: int) -> None:
    """The page that bridges a boundary has another size and holds the rows before and after it."""
    found = bridge(boundary, size)
    assert (found is None) == (boundary == 0)
    if found:
        number, other = found
        rows = range((number - 1) * other, number * other)
        assert other != size
        assert boundary - 1 in rows
        assert boundary in rows


@given(st.integers(1, 10**6), st.integers(3, 1000))
def test_bridge_prefers_smaller_pages(number: int, size: int) -> None:
    """From three rows a page on, no boundary of a list of a million pages needs a page that a server may clamp."""
    found = bridge(number * size, size)
    assert found is not None
    assert found[1] < size or all(number * size % smaller == 0 for smaller in range(2, size))
