"""What a page says of the whole list: its total, and whether another page follows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from explo_async.decode.envelope import MAX_TOTAL_COUNT
from explo_async.decode.page import decode_page
from explo_async.errors import DecodeError
from tests.helpers.generators import page_body

ROW = {"provided_id": "acme"}


@pytest.mark.parametrize("row", [ROW, ROW | {"new": 1}])
@pytest.mark.parametrize(
    ("totals", "key", "problem"),
    [
        ({}, "total_count", "is missing"),
        ({"total_count": None}, "total_count", "is null, not a whole number"),
        ({"total_count": None, "count": 1}, "total_count", "is null, not a whole number"),
        ({"total_count": "10"}, "total_count", "is a string, not a whole number"),
        ({"total_count": 3.0}, "total_count", "is a number, not a whole number"),
        ({"total_count": True}, "total_count", "is a boolean, not a whole number"),
        ({"total_count": -1}, "total_count", "is not between 0 and 1000000000"),
        ({"total_count": MAX_TOTAL_COUNT + 1}, "total_count", "is not between 0 and 1000000000"),
        ({"total_count": 0}, "total_count", "is smaller than the 1 rows of this very page"),
        ({"count": "10"}, "count", "is a string, not a whole number"),
        ({"count": 0}, "count", "is smaller than the 1 rows of this very page"),
    ],
)
def test_wrong_total(row: dict[str, Any], totals: dict[str, Any], key: str, problem: str) -> None:
    """A total that is no plausible whole number is refused under the name it came with, and never coerced."""
    with pytest.raises(DecodeError) as caught:
        decode_page(json.dumps({"results": {"customers": [row]}, **totals}).encode(), page=3)
    error = caught.value
    assert (error.what, error.path, error.row) == (f"{key} {problem}", key, None)


@pytest.mark.parametrize("row", [ROW, ROW | {"new": 1}])
@pytest.mark.parametrize(
    ("totals", "total_count"),
    [({"total_count": 1}, 1), ({"count": 7}, 7), ({"total_count": 8, "count": 7}, 8), ({"count": 10**9}, 10**9)],
)
def test_total(row: dict[str, Any], totals: dict[str, Any], total_count: int) -> None:
    """The total is `total_count`, else the earlier `count`."""
    page = decode_page(json.dumps({"results": {"customers": [row]}, **totals}).encode(), page=1)
    assert page.total_count == total_count


@pytest.mark.parametrize("row", [ROW, ROW | {"new": 1}])
@pytest.mark.parametrize(
    ("further", "has_next"),
    [
        ({}, None),
        ({"next": None, "previous": "https://api.explo.co/?page=1"}, False),
        ({"next": "https://api.explo.co/?page=2", "previous": None}, True),
        ({"next": ""}, None),
        ({"next": 2}, None),
    ],
)
def test_next(row: dict[str, Any], further: dict[str, Any], has_next: bool | None) -> None:
    """The earlier envelope's `next` tells whether there are more pages, where it says anything."""
    assert decode_page(page_body([row], **further), page=1).has_next is has_next
