from __future__ import annotations

import pytest

from explo_async.errors import ConfigurationError
from explo_async.models import FetchReport
from explo_async.removals import (
    MAX_DELETE_SHARE,
    MAX_DELETES,
    Limits,
    check_ceiling,
    check_share,
    hold_back,
    may_remove,
)

TEN = Limits(number=10, share=0.05)
USUAL = {"max_deletes": MAX_DELETES, "max_delete_share": MAX_DELETE_SHARE}


@pytest.mark.parametrize(
    ("count", "of", "exceeded"),
    [(10, 10, False), (11, 220, False), (11, 219, True), (12, 1000, False), (51, 1000, True), (0, 0, False)],
)
def test_too_many_are_more_than_a_number_and_more_than_a_share(count: int, of: int, *, exceeded: bool) -> None:
    """A few of a small list, and a small part of a large one, are not too many."""
    assert TEN.exceeded(count, of) is exceeded
    assert (hold_back(count, of, TEN, None) is not None) is exceeded


@pytest.mark.parametrize(
    ("removals", "ceiling", "why"),
    [
        (7, 7, None),
        (8, 7, "8 removals, and 7 are allowed"),
        (500, 500, None),
        (1, 0, "1 removals, and 0 are allowed"),
        (0, 0, None),
    ],
)
def test_what_a_person_allows_is_a_ceiling(removals: int, ceiling: int, why: str | None) -> None:
    """It lets more than the limits, and one more than it is too many, also where the limits would let that."""
    assert hold_back(removals, 1000, TEN, ceiling) == why


def test_the_reason_names_both_limits() -> None:
    """And the share that was meant to be removed."""
    assert hold_back(60, 1000, TEN, None) == "60 of 1000 (6 %), more than 10 and more than 5 %"
    assert Limits(number=0, share=0.0).words(1, 0) == "1 of 0, more than 0 and more than 0 %"


@pytest.mark.parametrize("verdict", ["complete", "verified", "unchecked", "incomplete", "exact"])
def test_only_an_exact_list_tells_who_was_removed(verdict: str) -> None:
    """What is absent from any other may have been missed."""
    report = FetchReport(
        verdict=verdict,  # type: ignore[arg-type]
        total_count=1,
        totals_seen=(1,),
        customers=1,
        duplicates=0,
        pages_asked_again=(),
    )
    assert may_remove(report) is (verdict == "exact")


@pytest.mark.parametrize("share", [-0.1, 1.1, True, "5", None])
def test_a_share_lies_between_0_and_1(share: object) -> None:
    """Five per cent are 0.05, not 5."""
    check_share("Policy.share", 0)
    check_share("Policy.share", 1.0)
    with pytest.raises(ConfigurationError, match=r"Policy\.share must be a share from 0 to 1"):
        check_share("Policy.share", share)


def test_a_ceiling_is_a_number_or_nothing() -> None:
    """Nothing leaves it to the limits."""
    check_ceiling("allow_deletes", None)
    check_ceiling("allow_deletes", 0)
    with pytest.raises(ConfigurationError, match="allow_deletes must be an int of at least 0"):
        check_ceiling("allow_deletes", -1)
