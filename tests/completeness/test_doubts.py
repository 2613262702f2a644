"""The words for a list that could not be shown to be complete."""

from __future__ import annotations

from typing import get_args

import pytest

from explo_async.completeness.doubts import Doubt, explain_doubt
from explo_async.engine.listing import Consistency

SUPPORT = "ask Explo's support, with these numbers; the result is not complete"
EXACT = 'consistency="exact" needs no stable order'
VERIFIED = 'some rows may be counted that are not shown; consistency="verified" rests on no total'
BEARS_MORE = 'consistency="verified" bears more changes, if the order is stable; or try again when fewer happen'
AGAIN = "try again when fewer customers are added or deleted"
PROXY = "`page` seems to be ignored at this address; check base_url and any proxy in between"

ANEW = "begin anew, without what was handed out before"
WHAT: dict[Doubt, str] = {
    "page_ignored": "the server sends the same rows for different pages: 5 distinct customers of 30",
    "unordered": "the server's order is not stable: 5 distinct customers were found of 30, also when read again",
    "total_wrong": "the total and the rows contradict each other, also when read again: total 30, 5 customers found",
    "duplicate_ids": "a page holds the same provided_id twice, also when read again: total 30, 5 distinct customers",
    "unreadable_id": "a page holds a record without a readable provided_id, so that its neighbours cannot be checked",
    "too_many_changes": "the list changed faster than it could be read: totals from 10 to 40, 5 customers found",
    "handed_out": "a customer that had been handed out is no more in the list of 30, so that there is no one moment for all",
}
ADVICE: dict[Doubt, tuple[str, str, str]] = {
    # In "checked", "verified" and "exact".
    "page_ignored": (PROXY, PROXY, PROXY),
    "unordered": (EXACT, EXACT, SUPPORT),
    "total_wrong": (VERIFIED, SUPPORT, VERIFIED),
    "duplicate_ids": (SUPPORT, SUPPORT, SUPPORT),
    "unreadable_id": (SUPPORT, SUPPORT, SUPPORT),
    "too_many_changes": (BEARS_MORE, AGAIN, AGAIN),
    "handed_out": (ANEW, ANEW, ANEW),
}


def explain(doubt: Doubt, consistency: Consistency) -> tuple[str, str]:
    return explain_doubt(doubt, consistency, totals=[20, 40, 10, 30], total=30, unique=5)


@pytest.mark.parametrize("doubt", get_args(Doubt))
def test_words(doubt: Doubt) -> None:
    """Each doubt has words of its own, with the numbers that were seen, and advice that fits the mode."""
    modes: tuple[Consistency, ...] = ("checked", "verified", "exact")
    assert [explain(doubt, mode) for mode in modes] == [(WHAT[doubt], advice) for advice in ADVICE[doubt]]


@pytest.mark.parametrize("mode", get_args(Consistency))
@pytest.mark.parametrize("doubt", get_args(Doubt))
def test_no_mode_recommends_itself(doubt: Doubt, mode: Consistency) -> None:
    """What failed is never named as what would help."""
    assert f'"{mode}"' not in explain(doubt, mode)[1]
