"""What a run says of itself: the report, and the line in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.evidence import Findings
from explo_async.engine.report import describe_end, make_report
from explo_async.models import FetchReport, InvalidRecord
from explo_async.progress import FetchStats
from tests.helpers.told import Told

if TYPE_CHECKING:
    from explo_async.engine.listing import Consistency

RECORD = InvalidRecord(page=2, row=3, provided_id="a", path="name", reason="is a number")


def stats() -> FetchStats:
    """Make counters of which none is like another."""
    return FetchStats(
        requests=7,
        pages=5,
        customers=41,
        retries=2,
        rate_limited=1,
        refetched=3,
        duplicates=4,
        bytes_received=999,
        quota_wait=0.5,
        elapsed=12.25,
    )


def test_before_the_first_answer_nothing_is_known() -> None:
    """A report of then says so."""
    report = make_report(None, "checked", FetchStats(), [], done=False)
    assert report == FetchReport(
        verdict="incomplete", total_count=None, totals_seen=(), customers=0, duplicates=0, pages_asked_again=()
    )


def test_a_report_has_everything_that_was_found() -> None:
    """The moments are told in UTC, the pages in order, and the counters as they stood."""
    findings = Findings(basis="exact", insertions=2, deletions=1, contradictions=3, moment=(10.5, 86_400.0))
    coverage = Told(5, findings=findings)
    coverage.totals = [49, 50]
    coverage.asked_again = {4, 2}
    counters = stats()
    report = make_report(coverage, "exact", counters, [RECORD], done=True)
    counters.pages += 1
    assert report == FetchReport(
        verdict="exact",
        total_count=50,
        totals_seen=(49, 50),
        customers=41,
        duplicates=4,
        pages_asked_again=(2, 4),
        invalid=(RECORD,),
        basis="exact",
        moment=(datetime(1970, 1, 1, 0, 0, 10, 500_000, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)),
        insertions=2,
        deletions=1,
        contradictions=3,
        stats=stats(),
    )


@pytest.mark.parametrize(
    ("consistency", "verdict"),
    [("off", "unchecked"), ("checked", "complete"), ("verified", "verified"), ("exact", "exact")],
)
def test_each_mode_has_its_verdict(consistency: Consistency, verdict: str) -> None:
    """It is given at an end without error alone, and what it would rest on is not told before."""
    coverage = Told(findings=Findings(basis="count", moment=(1.0, 2.0), insertions=1))
    done = make_report(coverage, consistency, stats(), [], done=True)
    assert (done.verdict, done.basis, done.moment is None) == (verdict, "count", False)
    before = make_report(coverage, consistency, stats(), [], done=False)
    assert (before.verdict, before.basis, before.moment, before.insertions) == ("incomplete", None, None, 1)


@pytest.mark.parametrize(
    ("failure", "end"), [(None, "complete"), (TimeoutError("secret"), "ended by TimeoutError")], ids=["none", "error"]
)
def test_the_end_is_one_line(failure: BaseException | None, end: str) -> None:
    """How it ended and what it cost, without the words of an error."""
    costs = "41 customers, 5 pages, 7 requests, 2 retries, 1 of them after a 429, 12.250 s"
    assert describe_end(stats(), "checked", failure) == f"listing {end}: {costs}"
