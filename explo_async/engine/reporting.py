"""What a run says of itself: the report at its end, the progress on its way. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attrs import asdict, evolve

from explo_async.completeness.evidence import Findings
from explo_async.models import FetchReport
from explo_async.plan import page_count
from explo_async.progress import FetchStats, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.completeness.evidence import Coverage
    from explo_async.engine.listing import Consistency
    from explo_async.models import InvalidRecord, Verdict

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


def make_progress(
    stats: FetchStats, *, goal: int, total: int, to_come: int, first_took: float, concurrency: int, quota_time: float
) -> Progress:
    """Say where a run stands: `goal` pages in all, `to_come` of them not there yet, page 1 after `first_took` seconds.

    The rest is expected to come as fast as it has come since page 1, and no faster than the quota allows.
    """
    later = stats.pages - 1
    pace = (stats.elapsed - first_took) / later * to_come if later else first_took * page_count(to_come, concurrency)
    return Progress(**asdict(stats), pages_total=goal, total_count=total, eta=max(pace, quota_time))
