"""Everything that can go wrong, as one list: the tests run it, and docs/what-can-go-wrong.md is made from it."""

from tests.promises.catalogue import (
    bodies,
    completeness,
    envelopes,
    json_text,
    network,
    quota_stores,
    records,
    redirects,
    statuses,
    waits,
)
from tests.promises.catalogue.case import Case

CASES: list[Case] = [
    case
    for module in (
        network,
        bodies,
        statuses,
        waits,
        redirects,
        json_text,
        envelopes,
        records,
        completeness,
        quota_stores,
    )
    for case in module.CASES
]

__all__ = ["CASES"]
