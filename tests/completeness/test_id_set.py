from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness import id_set
from explo_async.completeness.id_set import IdSet

if TYPE_CHECKING:
    import pytest

PAGES = st.lists(st.lists(st.integers(0, 40), max_size=6), max_size=30)


@given(pages=PAGES, largest=st.integers(1, 9), careful=st.booleans())
def test_it_is_a_set(pages: list[list[int]], largest: int, *, careful: bool) -> None:
    """Whatever is added, in parts of whatever size, it knows what a set would know."""
    known: set[int] = set()
    part, id_set.LARGEST_PART = id_set.LARGEST_PART, largest
    try:
        tested = IdSet()
        for page in pages:
            new = known.isdisjoint(page) and len(set(page)) == len(page)
            assert tested.without(page) == set(page) - known
            if careful:
                assert tested.add_new(page) == new
                known.update(page if new else ())
            else:
                tested.add(page)
                known.update(page)
            assert len(tested) == len(known)
        assert tested.without(range(41)) == set(range(41)) - known
    finally:
        id_set.LARGEST_PART = part


def test_no_part_grows_beyond_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new part is begun when one is full."""
    monkeypatch.setattr(id_set, "LARGEST_PART", 10)
    tested = IdSet()
    for start in range(0, 60, 6):
        assert tested.add_new(range(start, start + 6))
    assert [len(part) for part in tested._parts] == [12, 12, 12, 12, 12]
    assert len(tested) == 60
