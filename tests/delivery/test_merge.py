from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.delivery.merge import STEP, OrderedRows, in_order
from explo_async.models import Customer

if TYPE_CHECKING:
    from collections.abc import Sequence


def snapshot(
    number: int, rows: str | Sequence[str], picture: int | None = 9, name: str | None = None
) -> OrderedRows[Customer]:
    return OrderedRows(number, picture, tuple(Customer(provided_id=row, name=name) for row in rows))


def merged(*snapshots: OrderedRows[Customer]) -> str:
    return "".join(row.provided_id for rows in in_order(snapshots) for row in rows)


@pytest.mark.parametrize(
    ("snapshots", "order"),
    [
        ([snapshot(2, "cd"), snapshot(1, "ab")], "abcd"),
        ([snapshot(1, "abc"), snapshot(2, "efg", 8), snapshot(1, "bcd", 8)], "abcdefg"),
        ([snapshot(1, "abc"), snapshot(2, "cde", 10)], "abcde"),
        ([snapshot(1, "ab"), snapshot(2, "cd"), snapshot(1, "xa", 10)], "xabcd"),
        ([snapshot(1, "ac"), snapshot(2, "de"), snapshot(1, "abc", 10)], "abcde"),
        (
            [
                snapshot(1, "abc"),
                snapshot(2, "def"),
                snapshot(2, "hij", 5),
                snapshot(1, "efg", 5),
                snapshot(3, "klm", 5),
            ],
            "abcdefghijklm",
        ),
        (
            [
                snapshot(1, "abc"),
                snapshot(2, "def"),
                snapshot(3, "ghi"),
                snapshot(2, "uvw", 12),
                snapshot(3, "def", 12),
            ],
            "abcuvwdefghi",
        ),
        ([snapshot(1, "ab"), snapshot(1, ""), snapshot(2, "", 9)], "ab"),
        ([snapshot(1, "ab"), snapshot(2, "bc")], "abc"),
        ([], ""),
    ],
)
def test_snapshots_of_a_changing_list_are_merged_in_order(snapshots: list[OrderedRows[Customer]], order: str) -> None:
    """Rows that moved, came in between, or were read on several pages stand where the list has them, once."""
    assert merged(*snapshots) == order


def test_the_latest_record_of_a_customer_counts() -> None:
    """A customer that was read twice is returned as it was read last."""
    names = [
        row.name for rows in in_order([snapshot(1, "ab", name="old"), snapshot(1, "bc", name="new")]) for row in rows
    ]
    assert names == ["old", "new", "new"]


def test_contradictions_end_all_the_same() -> None:
    """Where the snapshots contradict each other every row still comes once."""
    assert sorted(merged(snapshot(1, "abc"), snapshot(1, "cba"))) == ["a", "b", "c"]


def test_a_long_merge_pauses() -> None:
    """No more rows than a page are put in order in one piece."""
    ids = [f"{number}" for number in range(3 * STEP)]
    pieces = list(in_order([snapshot(1, ids[:-1]), snapshot(1, ids[1:])]))
    assert max(map(len, pieces)) == STEP
    assert [row.provided_id for rows in pieces for row in rows] == ids


@given(st.data())
def test_any_two_states_of_a_list_keep_its_order(data: st.DataObject) -> None:
    """Pages cut from a list before and after rows are deleted and inserted come in an order that fits both."""
    size = data.draw(st.integers(1, 5))
    before = [f"r{number}" for number in range(data.draw(st.integers(0, 25)))]
    after = [row for row in before if data.draw(st.booleans())]
    for number in range(data.draw(st.integers(0, 8))):
        after.insert(data.draw(st.integers(0, len(after))), f"n{number}")
    pages = [
        OrderedRows(place // size + 1, picture, tuple(Customer(provided_id=row) for row in rows[place : place + size]))
        for picture, rows in enumerate((before, after))
        for place in range(0, len(rows), size)
    ]
    result = [row.provided_id for rows in in_order(data.draw(st.permutations(pages))) for row in rows]
    assert sorted(result) == sorted({*before, *after})
    assert [row for row in result if row in before] == before
    assert [row for row in result if row in after] == after


def test_pages_of_no_picture_or_of_two_do_not_follow_each_other() -> None:
    """What is known of no moment, or of different ones, says nothing of the page after it, also with the same total."""
    pages = [(2, "def", 1), (3, "ghi", 1), (3, "def", 2)]
    assert merged(*[snapshot(*page) for page in pages]) == "defghi"
    assert merged(*[snapshot(number, rows, None) for number, rows, _ in pages]) == "dgehfi"
    assert merged(*[snapshot(number, rows, index) for index, (number, rows, _) in enumerate(pages)]) == "dgehfi"


def test_a_page_with_a_row_twice_gives_it_once() -> None:
    """A customer that stands twice on one page comes once."""
    assert merged(snapshot(1, "abb")) == "ab"
