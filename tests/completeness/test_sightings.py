from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.evidence import Entry, Meeting
from explo_async.completeness.sightings import Sightings, fingerprints


def enter(sightings: Sightings, index: int, number: int, rows: str, *, size: int = 3, known: bool = True) -> Entry:
    """Enter rows; a dot is one whose id cannot be read."""
    keys = [None if row == "." else row for row in rows]
    return sightings.enter(index, number, keys, first=(number - 1) * size if known else None)


def test_rows_that_are_all_new() -> None:
    """Pages without a known row are fresh as a whole, and share nothing."""
    sightings = Sightings()
    assert enter(sightings, 0, 1, "abc") == Entry(0)
    assert enter(sightings, 1, 2, "def") == Entry(1)
    assert (len(sightings), sightings.in_epoch, sightings.duplicates) == (6, 6, 0)


def test_rows_met_again() -> None:
    """An answer says which rows are new, whose the others were, where they meet, and how far they had moved."""
    sightings = Sightings()
    enter(sightings, 0, 1, "abc")
    enter(sightings, 1, 2, "def")
    entry = enter(sightings, 2, 2, "cxd")
    assert entry == Entry(
        2,
        fresh=[1],
        shared=frozenset({0, 1}),
        seam=slice(0, 3),
        # Of page 2 all three places are shown here, and one of its rows; of page 1 none is.
        meetings=(Meeting(1, 2, 2, 2, 2), Meeting(0, 2, 1, 1, 0)),
    )
    assert (len(sightings), sightings.duplicates) == (7, 2)


def test_rows_at_their_old_places() -> None:
    """A page read again that shows the same has not moved, and lost nothing."""
    sightings = Sightings()
    enter(sightings, 0, 2, "abc")
    entry = enter(sightings, 1, 2, "abc")
    assert entry == Entry(1, fresh=[], shared=frozenset({0}), meetings=(Meeting(0, 1, 0, 0, 0),))


def test_rows_that_moved_differently() -> None:
    """The least and the most that rows of one answer moved are told, forth and back."""
    sightings = Sightings()
    enter(sightings, 0, 2, "abc")
    entry = enter(sightings, 1, 2, "bxyc")
    assert entry.meetings == (Meeting(0, 1, -1, 1, 1),)
    assert entry.seam == slice(0, 4)


def test_losses_are_told_only_of_answers_all_of_whose_rows_were_new() -> None:
    """Which rows an answer had at which places is known only if it brought all of them first."""
    sightings = Sightings()
    enter(sightings, 0, 1, "abc")
    enter(sightings, 1, 1, "abd")
    assert enter(sightings, 2, 1, "dxy").meetings == (Meeting(1, 2, -2, -2, 0),)


def test_rows_in_another_order() -> None:
    """Each neighbours that another answer showed the other way round are an inversion; of two answers they are none."""
    sightings = Sightings()
    enter(sightings, 0, 1, "abc")
    enter(sightings, 1, 2, "def")
    assert enter(sightings, 2, 1, "cab").inversions == 1
    assert enter(sightings, 3, 1, "cba").inversions == 2
    assert enter(sightings, 4, 1, "dae").inversions == 0
    assert enter(sightings, 5, 1, "xeyd").inversions == 1
    assert enter(sightings, 6, 1, "aba").inversions == 0


def test_rows_without_a_readable_id() -> None:
    """They are neither new nor duplicates, and keep the places of the others."""
    sightings = Sightings()
    entry = enter(sightings, 0, 1, "a.b")
    assert (entry.fresh, entry.shared, sightings.duplicates, len(sightings)) == ([0, 2], frozenset(), 0, 2)
    entry = enter(sightings, 1, 1, ".ab")
    assert (entry.fresh, entry.meetings, sightings.duplicates) == ([], (Meeting(0, 1, 0, 1, 0),), 2)


def test_one_id_twice_on_a_page() -> None:
    """The first of them is fresh, the second a duplicate; nothing is shared with anyone else."""
    sightings = Sightings()
    entry = enter(sightings, 0, 1, "dde")
    assert (entry.fresh, entry.shared, entry.seam, entry.inversions) == ([0, 2], frozenset(), slice(0), 0)
    assert (len(sightings), sightings.duplicates) == (2, 1)


def test_rows_at_unknown_places() -> None:
    """Rows of a former run are shared, but moved from nowhere and contradict no order."""
    sightings = Sightings()
    enter(sightings, 0, 1, "abc", known=False)
    entry = enter(sightings, 1, 1, "bxa")
    assert (entry.shared, entry.meetings, entry.inversions) == (frozenset({0}), (), 0)
    entry = enter(sightings, 2, 1, "xcb", known=False)
    assert (entry.shared, entry.meetings) == (frozenset({0, 1}), ())
    assert enter(sightings, 3, 1, "y", known=False).meetings == ()


def test_new_epoch() -> None:
    """From a new epoch on rows count anew and belong to whom brings them again; what was given stays given."""
    sightings = Sightings()
    enter(sightings, 0, 1, "abc")
    sightings.begin_epoch()
    assert (sightings.in_epoch, len(sightings)) == (0, 3)
    entry = enter(sightings, 1, 1, "axb")
    assert (entry.fresh, entry.shared, entry.meetings) == ([1], frozenset(), ())
    assert (sightings.in_epoch, len(sightings), sightings.duplicates) == (3, 4, 2)
    assert enter(sightings, 2, 1, "xab").shared == {1}
    entry = enter(sightings, 3, 2, "uvw")
    assert (entry.fresh, sightings.in_epoch) == ([0, 1, 2], 6)
    assert enter(sightings, 4, 2, "vuw") == Entry(
        4, fresh=[], shared=frozenset({3}), meetings=(Meeting(3, 4, -1, 1, 0),), inversions=1
    )


@given(st.lists(st.tuples(st.integers(1, 5), st.text("abcdefgh.", max_size=4)), max_size=12))
def test_owners_are_those_who_brought_a_row_first(answers: list[tuple[int, str]]) -> None:
    """Whatever comes, fresh rows are those never seen, and shared answers those that showed the others first."""
    sightings = Sightings()
    owners: dict[str, int] = {}
    repeats = 0
    for index, (number, rows) in enumerate(answers):
        entry = enter(sightings, index, number, rows)
        readable = [row for row in rows if row != "."]
        fresh = [
            position
            for position, row in enumerate(rows)
            if row != "." and row not in owners | dict.fromkeys(rows[:position], 0)
        ]
        assert (list(range(len(rows))) if entry.fresh is None else entry.fresh) == fresh
        assert entry.shared == {owners[row] for row in readable if row in owners}
        for row in readable:
            owners.setdefault(row, index)
        repeats += len(readable) - len(fresh)
        assert (sightings.duplicates, len(sightings)) == (repeats, len(owners))


def test_fingerprints() -> None:
    """Equal ids have equal numbers of at most 60 bits; what cannot be read has none."""
    same, other, again, unreadable = fingerprints(["same", "other", "same", None])
    assert same == again != other
    assert unreadable is None
    assert same is not None
    assert 0 <= same < 1 << 60
