"""The words for a chain that could not be closed: what was seen, and what to do about it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explo_async.evidence import Doubt

_AT_REST = "ask Explo's support, with these numbers; the result is not complete"
_WORDS: dict[Doubt, tuple[str, str]] = {
    "page_ignored": (
        "the server sends the same rows for different pages: {unique} distinct customers of {total}",
        "`page` seems to be ignored at this address; check base_url and any proxy in between",
    ),
    "unordered": (
        "every page gave the total {total}, but there were {unique} distinct customers on them, also when read again",
        "the server's order does not seem to be stable; " + _AT_REST,
    ),
    "total_wrong": (
        "the total and the rows contradict each other, also when read again: total {total}, {unique} customers found",
        "some rows may be filtered out after they were counted; " + _AT_REST,
    ),
    "duplicate_ids": (
        "a page holds the same provided_id twice, also when read again: total {total}, {unique} distinct customers",
        _AT_REST,
    ),
    "unreadable_id": (
        "a page holds a record without a readable provided_id, so that its neighbours cannot be checked",
        _AT_REST,
    ),
    "too_many_changes": (
        "the list changed faster than it could be read: totals from {least} to {most}, {unique} customers found",
        "try again when fewer customers are added or deleted",
    ),
}


def explain_doubt(doubt: Doubt, *, totals: list[int], total: int, unique: int) -> tuple[str, str]:
    """Return what happened and what to do, for a chain that could not be closed."""
    what, advice = _WORDS[doubt]
    return what.format(unique=unique, total=total, least=min(totals), most=max(totals)), advice
