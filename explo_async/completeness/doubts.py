"""Why a list could not be shown to be complete, and the words for it: what was seen, and what would help. Pure."""

from __future__ import annotations

from typing import Literal

Doubt = Literal[
    "page_ignored", "unordered", "total_wrong", "duplicate_ids", "unreadable_id", "too_many_changes", "handed_out"
]

_AT_REST = "ask Explo's support, with these numbers; the result is not complete"
_WORDS: dict[Doubt, tuple[str, str]] = {
    "page_ignored": (
        "the server sends the same rows for different pages: {unique} distinct customers of {total}",
        "`page` seems to be ignored at this address; check base_url and any proxy in between",
    ),
    "unordered": (
        "the server's order is not stable: {unique} distinct customers were found of {total}, also when read again",
        'consistency="exact" needs no stable order',
    ),
    "total_wrong": (
        "the total and the rows contradict each other, also when read again: total {total}, {unique} customers found",
        'some rows may be counted that are not shown; consistency="verified" rests on no total',
    ),
    "duplicate_ids": (
        "a page holds the same provided_id twice, also when read again: total {total}, {unique} distinct customers",
        _AT_REST,
    ),
    "unreadable_id": (
        "a page holds a record without a readable provided_id, so that its neighbours cannot be checked",
        _AT_REST,
    ),
    "handed_out": (
        "a customer that had been handed out is no more in the list of {total}, so that there is no one moment for all",
        "begin anew, without what was handed out before",
    ),
    "too_many_changes": (
        "the list changed faster than it could be read: totals from {least} to {most}, {unique} customers found",
        "try again when fewer customers are added or deleted",
    ),
}
_NO_HELP = {"exact": {"unordered": _AT_REST}, "verified": {"total_wrong": _AT_REST}}
"""What to do where the mode that would help is the one that failed."""
_HELP = {"checked": 'consistency="verified" bears more changes, if the order is stable; or try again when fewer happen'}


def explain_doubt(doubt: Doubt, consistency: str, *, totals: list[int], total: int, unique: int) -> tuple[str, str]:
    """Return what happened and what to do, for a list that could not be shown to be complete."""
    what, advice = _WORDS[doubt]
    advice = _NO_HELP.get(consistency, {}).get(doubt, advice)
    if doubt == "too_many_changes":
        advice = _HELP.get(consistency, advice)
    return what.format(unique=unique, total=total, least=min(totals), most=max(totals)), advice
