"""What a run says of itself at its end: the report, and the line for a log. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attrs import evolve

from explo_async.completeness.evidence import Findings
from explo_async.models import FetchReport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.completeness.coverage import Coverage
    from explo_async.engine.listing import Consistency
    from explo_async.models import InvalidRecord, Verdict
    from explo_async.progress import FetchStats

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERDICTS: dict[Consistency, Verdict] = {
    "off": "unchecked",
    "checked": "complete",
    "verified": "verified",
    "exact": "exact",
}


def make_report(
    ledger: Coverage | None,
    consistency: Consistency,
    stats: FetchStats,
    invalid: Iterable[InvalidRecord],
    *,
    done: bool,
) -> FetchReport:
    """Say what a run has shown; `ledger` is None before the first answer, `done` True after an end without error."""
    findings = ledger.findings if ledger else Findings()
    return FetchReport(
        verdict=_VERDICTS[consistency] if done else "incomplete",
        total_count=ledger.total if ledger else None,
        totals_seen=tuple(ledger.totals) if ledger else (),
        customers=stats.customers,
        duplicates=stats.duplicates,
        pages_asked_again=tuple(sorted(ledger.asked_again)) if ledger else (),
        invalid=tuple(invalid),
        basis=findings.basis if done else None,
        moment=_as_times(findings.moment) if done and findings.moment else None,
        insertions=findings.insertions,
        deletions=findings.deletions,
        contradictions=findings.contradictions,
        stats=evolve(stats),
    )


def _as_times(seconds: tuple[float, float]) -> tuple[datetime, datetime]:
    before, after = seconds
    return _EPOCH + timedelta(seconds=before), _EPOCH + timedelta(seconds=after)


def describe_end(stats: FetchStats, consistency: Consistency, failure: BaseException | None) -> str:
    """Say in one line, for a log, how a listing ended."""
    end = f"ended by {type(failure).__name__}" if failure else _VERDICTS[consistency]
    return (
        f"listing {end}: {stats.customers} customers, {stats.pages} pages, {stats.requests} requests, "
        f"{stats.retries} retries, {stats.rate_limited} of them after a 429, {stats.elapsed:.3f} s"
    )
