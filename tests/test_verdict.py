"""The words for a list that could not be read completely."""

from __future__ import annotations

from typing import get_args

import pytest

from explo_async.evidence import Doubt
from explo_async.verdict import explain_doubt

SUPPORT = "ask Explo's support, with these numbers; the result is not complete"
WORDS: dict[Doubt, tuple[str, str]] = {
    "page_ignored": (
        "the server sends the same rows for different pages: 5 distinct customers of 30",
        "`page` seems to be ignored at this address; check base_url and any proxy in between",
    ),
    "unordered": (
        "every page gave the total 30, but there were 5 distinct customers on them, also when read again",
        f"the server's order does not seem to be stable; {SUPPORT}",
    ),
    "total_wrong": (
        "the total and the rows contradict each other, also when read again: total 30, 5 customers found",
        f"some rows may be filtered out after they were counted; {SUPPORT}",
    ),
    "duplicate_ids": (
        "a page holds the same provided_id twice, also when read again: total 30, 5 distinct customers",
        SUPPORT,
    ),
    "unreadable_id": (
        "a page holds a record without a readable provided_id, so that its neighbours cannot be checked",
        SUPPORT,
    ),
    "too_many_changes": (
        "the list changed faster than it could be read: totals from 10 to 40, 5 customers found",
        "try again when fewer customers are added or deleted",
    ),
}


@pytest.mark.parametrize("doubt", get_args(Doubt))
def test_words(doubt: Doubt) -> None:
    """Each doubt has words of its own, with the numbers that were seen, and advice."""
    assert explain_doubt(doubt, totals=[20, 40, 10, 30], total=30, unique=5) == WORDS[doubt]
