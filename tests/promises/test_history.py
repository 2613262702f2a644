"""The judge of the lists: what the table may have held between two moments."""

from __future__ import annotations

import pytest

from tests.promises.site.history import Change, History, Judgement

HISTORY = History(
    ["a", "b", "c", "d"],
    [
        Change("delete", "a", 1.0, 1.2),
        Change("insert", "e", 3.0, 3.2),
        Change("update", "b", 4.0, 4.2),
        Change("delete", "b", 5.0, 5.2),
        Change("insert", "f", 9.0, 9.2),
    ],
)


@pytest.mark.parametrize(
    ("fetched", "missing", "strangers", "repeated", "of_one_moment"),
    [
        ("bcd", 0, 0, 0, True),
        ("bcde", 0, 0, 0, True),
        ("cde", 0, 0, 0, True),
        ("cd", 0, 0, 0, False),
        ("bcd b", 0, 0, 1, True),
        ("bd", 1, 0, 0, False),
        ("abcd", 0, 1, 0, False),
        ("cdef", 0, 1, 0, False),
        ("", 2, 0, 0, False),
    ],
)
def test_a_list_is_compared_with_all_that_was_there(
    fetched: str, missing: int, strangers: int, repeated: int, *, of_one_moment: bool
) -> None:
    """From 2 to 6, when a was gone already, e came, b went, and f had yet to come."""
    judgement = HISTORY.judge(list(fetched.replace(" ", "")), begun=2.0, done=6.0)
    assert judgement == Judgement(missing=missing, strangers=strangers, repeated=repeated, of_one_moment=of_one_moment)


@pytest.mark.parametrize(("begun", "done"), [(1.1, 2.0), (0.5, 1.1), (1.1, 1.1)])
def test_a_change_at_the_edge_may_count_or_not(begun: float, done: float) -> None:
    """A deletion that was under way at the beginning or the end may show in the list or not."""
    for fetched in ("abcd", "bcd"):
        judgement = HISTORY.judge(list(fetched), begun=begun, done=done)
        assert judgement == Judgement(missing=0, strangers=0, repeated=0, of_one_moment=True)


def test_the_end_is_what_the_changes_make_of_the_beginning() -> None:
    """All changes one after the other."""
    assert HISTORY.after == {"c", "d", "e", "f"}
