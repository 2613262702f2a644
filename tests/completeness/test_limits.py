from __future__ import annotations

import pytest

from explo_async.completeness.limits import RereadLimit


def make_limit(pages: int = 5, *, verified: bool = False) -> RereadLimit:
    limit = RereadLimit(verified=verified)
    limit.begin(pages)
    return limit


@pytest.mark.parametrize(("verified", "most"), [(False, 2 * 5 + 20), (True, 4 * 5 + 20)])
def test_bound_on_requests(*, verified: bool, most: int) -> None:
    """Twice as many pages as the list had at first and 20 more may be asked for again; four times in "verified"."""
    limit = make_limit(verified=verified)
    assert all(limit.spend(1, {page}) for page in range(most))
    assert limit.doubt is None
    assert not limit.spend(1, {1})
    assert limit.doubt == "too_many_changes"


def test_what_does_not_fit_is_not_spent() -> None:
    """The doubt at the end of the bound is the one that the caller names, and stays what it is."""
    limit = make_limit()
    assert limit.take(30)
    assert not limit.take(1, otherwise="unordered")
    assert limit.doubt == "unordered"
    assert not limit.take(1)
    assert limit.doubt == "unordered"
    assert not limit.take(0)


def test_the_first_doubt_stays() -> None:
    """What was certain before stays the doubt."""
    limit = make_limit(5)
    assert limit.doubt is None
    limit.give_up("unordered")
    limit.give_up("too_many_changes")
    assert limit.doubt == "unordered"


def test_three_echoes_show_that_pages_are_ignored() -> None:
    """Two pages with another's rows may be chance, three are not; that is said whatever the doubt was."""
    limit = make_limit()
    limit.give_up("too_many_changes")
    doubts = []
    for _ in range(3):
        limit.note_echo()
        doubts.append(limit.doubt)
    assert doubts == ["too_many_changes", "too_many_changes", "page_ignored"]


@pytest.mark.parametrize(("flaw", "doubt"), [("duplicate_ids", "duplicate_ids"), (None, "too_many_changes")])
def test_fruitless_rereads(flaw: str | None, doubt: str) -> None:
    """A page read again twice in vain is not asked for a third time; the doubt is what was wrong with it, if known."""
    limit = make_limit()
    limit.flaw = flaw  # type: ignore[assignment]  # a case's literal
    limit.note_result(2, fruitful=False)
    assert limit.spend(2, {1, 2})
    limit.note_result(2, fruitful=False)
    assert limit.spend(1, {1})
    assert not limit.spend(2, {1, 2})
    assert limit.doubt == doubt


def test_one_fruitful_read_forgives() -> None:
    """What was in vain counts from the last read on that brought something."""
    limit = make_limit()
    for fruitful in (False, True, False):
        limit.note_result(2, fruitful=fruitful)
    assert limit.spend(1, {2})
    limit.note_echo()
    assert limit.doubt is None


def test_an_earlier_doubt_outlives_fruitless_rereads() -> None:
    """The first thing that is certain is what is said."""
    limit = make_limit()
    limit.doubt, limit.flaw = "unordered", "total_wrong"
    for _ in range(2):
        limit.note_result(2, fruitful=False)
    assert not limit.spend(1, {2})
    assert limit.doubt == "unordered"
