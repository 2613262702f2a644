"""Judges a history by just what its mode assumes.

It knows whether rows kept their order (O) and whether an insertion and a deletion cancelled out between two COUNTs (B);
ids are never used again (K).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from explo_async.engine.listing import Listing
    from explo_async.errors import ListingChanged
    from explo_async.models import FetchReport
    from tests.promises.model_site import Request, Site

MOST_REQUESTS = {"off": (1, 0), "checked": (4, 42), "verified": (6, 42), "exact": (22, 225)}
"""Requests a page, and beyond: the first pass, its growth, and what is asked for again.

"exact" sweeps a list that grows to 2n + 20 pages six times, and pages of three rows in the end twice in pages of two
and twice in pages of one: 2 + 2 * 1.5 + 2 * 3 = 11 times as many requests, and five COUNTs.
"""


@frozen(kw_only=True)
class Outcome:
    """What a run has done, and what was true meanwhile."""

    site: Site
    listing: Listing
    kind: str
    size: int
    """Rows a page, as the run takes it."""
    report: FetchReport
    requests: list[Request]
    taken: list[str]
    """What the consumer has, from former runs as well."""
    recalled: int
    """How much of it is from former runs."""
    stable: list[str]
    """The customers that were there all the time."""
    began: int
    """How many changes there had been when the run began."""
    trusted: bool
    """Whether the run trusted the order."""
    is_done: bool
    failure: ListingChanged | None

    @property
    def told(self) -> list[Request]:
        """The requests whose answers have reached the run."""
        return [each for each in self.requests if each.arrived.done() and not each.arrived.cancelled()]

    @property
    def keeps_order(self) -> bool:
        """Whether the customers that stayed kept their order."""
        return self.site.sorting == "unique" or (self.site.sorting == "none" and "update" not in self.site.changes)


def judge_requests(outcome: Outcome) -> None:
    """Judge how much one run has asked for."""
    mode, site = outcome.listing.consistency, outcome.site
    # Where page 1 was cut short, its rows pass for the page size of the server.
    size, hint = outcome.size, outcome.listing.expected_total or 0
    pages = max(1, ceil((outcome.report.totals_seen or (0,))[0] / size))
    requests = len(outcome.requests)
    if mode == "off":
        # It goes after every total, whichever that is.
        pages = max(pages, *(ceil((request.total or 0) / size) for request in outcome.requests))
    a_page, beyond = MOST_REQUESTS[mode]
    assert requests <= a_page * pages + beyond + ceil(hint / size)
    quiet = not (site.changes or site.is_odd) and outcome.trusted
    if quiet and not outcome.recalled and outcome.is_done and outcome.failure is None:
        least = {"off": 0, "checked": 1 if site.rows else 0, "exact": pages + 1}.get(mode)
        if least is not None:
            assert requests <= max(pages, ceil(hint / size)) + least


def judge(outcome: Outcome) -> None:
    """Judge a run that has ended: the list is what its mode promises, or the failure has all that was found."""
    report, site, taken = outcome.report, outcome.site, outcome.taken
    assert set(taken) <= frozenset().union(*site.states)
    assert len(set(taken)) == len(taken) or outcome.listing.consistency == "off"
    judge_requests(outcome)
    changes = site.changes[outcome.began :]
    assert report.insertions <= changes.count("insert")
    assert report.deletions <= changes.count("delete")
    if outcome.failure:
        assert report.verdict == "incomplete"
        _judge_failure(outcome, outcome.failure)
        return
    _judge_rows(outcome)
    if not site.changes and outcome.keeps_order and not (site.off and outcome.listing.consistency != "verified"):
        assert taken == site.rows or outcome.kind == "unordered"


def _judge_rows(outcome: Outcome) -> None:
    mode, report, stable, taken = outcome.listing.consistency, outcome.report, outcome.stable, outcome.taken
    keeps_order = outcome.keeps_order
    cancels_out = any(True for _ in outcome.site.cancels_out(outcome.told))
    missing = [row for row in stable if row not in set(taken)]
    if mode == "exact":
        assert report.basis == "exact"
        assert frozenset(taken) in outcome.site.states[outcome.began :]
    elif mode == "checked" and not cancels_out and (report.basis == "count" or keeps_order):
        assert not missing
    elif mode == "verified" and keeps_order:
        # B is used for the end alone.
        assert not missing or (cancels_out and missing == stable[-len(missing) :])
    in_order = outcome.kind != "unordered" and keeps_order and mode != "off"
    if in_order and not cancels_out and not report.contradictions:
        there = set(stable)
        assert [row for row in taken if row in there] == [row for row in stable if row not in missing]


def _judge_failure(outcome: Outcome, failure: ListingChanged) -> None:
    site, mode = outcome.site, outcome.listing.consistency
    assert site.changes or site.off or site.sorting == "ties"
    assert mode != "off"
    if mode == "exact" and outcome.kind != "list":
        # Of what was seen once a stream keeps the ids alone.
        return
    if outcome.listing.expected_total is not None:
        # Pages asked for on a hint are thrown away where page 1 shows another page size than was asked for.
        return
    # The row that comes with a COUNT was read after it, and counts for nothing.
    arrived = [request for request in outcome.told if not request.is_past_end and request.size > 1]
    found = {row for request in arrived for row in request.rows or ()}
    assert found <= {*outcome.taken, *(customer.provided_id for customer in failure.customers)}
