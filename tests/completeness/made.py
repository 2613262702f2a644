"""Makes the values that the parts of the ledger take in, with what a test says of them."""

from __future__ import annotations

from explo_async.completeness.reading import Reading


def make_reading(
    index: int,
    number: int,
    *,
    size: int = 3,
    rows: int | None = None,
    total: int = 9,
    fit: bool = True,
    falls_short: bool = False,
    denies_end: bool = False,
    sent: int | None = None,
) -> Reading:
    """Make a reading of a page, sent after the one before it had come unless `sent` says otherwise."""
    first = (number - 1) * size
    count = size if rows is None else rows
    return Reading(
        index,
        index if sent is None else sent,
        index,
        number,
        first,
        count,
        total,
        fit=fit,
        is_last=fit and first + count == total,
        falls_short=falls_short,
        denies_end=denies_end,
    )
