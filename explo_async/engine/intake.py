"""Answers coming in: what they show of the list, and their rows on the way to the consumer. Knows no task. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from explo_async.completeness.sightings import fingerprints
from explo_async.decode.page import RowT
from explo_async.delivery.arrival import make_arrival, pick_rows
from explo_async.engine.report import make_report
from explo_async.progress import FetchStats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.completeness.coverage import Coverage
    from explo_async.decode.page import DecodedPage
    from explo_async.delivery.arrival import Delivery, RowPage
    from explo_async.engine.listing import Listing
    from explo_async.engine.tasks import Asked
    from explo_async.models import FetchReport, InvalidRecord


class Intake(Generic[RowT]):
    """What has come in one run: its proof, its rows, its counters, and what could not be read."""

    def __init__(self, listing: Listing, delivery: Delivery[RowT]) -> None:
        self.stats: FetchStats = FetchStats()
        self.coverage: Coverage | None = None
        """What is proved; None before page 1."""
        self.delivery = delivery
        self.first_took: float = 0.0
        """Seconds until page 1 was there."""
        self._listing = listing
        self._invalid: dict[object, InvalidRecord] = {}
        self._last_report: FetchReport | None = None
        # Two ids with one fingerprint are too much of a chance for what is to be exact.
        self._whole_ids = delivery.handing == "at the end" or listing.consistency == "exact"

    @property
    def total_count(self) -> int | None:
        """The list's size as the latest answer told; None before the first."""
        if self._last_report:
            return self._last_report.total_count
        return self.coverage.total if self.coverage else None

    def enter(
        self,
        coverage: Coverage,
        asked: Asked,
        page: DecodedPage[RowT] | None,
        *,
        oldest: int | None,
        now: float,
        elapsed: float,
    ) -> None:
        """Take in an answer, None for one that says that there is no such page.

        `oldest` is as for `Coverage.add`; `now` are Unix seconds, `elapsed` the seconds since the run began.
        """
        if page is None:
            coverage.past_end(asked.ask, sent=asked.sent_at, arrived=asked.arrived, oldest=oldest)
            return
        ids = page.provided_ids
        entry = coverage.add(
            asked.ask,
            total=page.total_count,
            keys=ids if self._whole_ids else fingerprints(ids),
            sent=asked.sent_at,
            arrived=asked.arrived,
            oldest=oldest,
            has_next=page.has_next,
            when=(asked.at, now),
        )
        rows = pick_rows(page, entry.fresh)
        self._note_invalid(page, is_of_listing=asked.ask.size == coverage.size)
        self._count(coverage, asked, len(rows), elapsed)
        if rows or not entry.skips:
            consistency = self._listing.consistency
            arrival = make_arrival(
                asked.ask,
                page,
                entry,
                rows,
                size=coverage.size,
                adjoins=consistency == "checked",
                all_rows=consistency == "exact",
            )
            self.delivery.put(arrival)
        if entry.withdraws:
            self.delivery.drop_rest(coverage)

    def take(self, *, freely: bool) -> RowPage[RowT] | None:
        """Give out the next rows, None when there are none that may go; `freely` lets everything go."""
        return self.delivery.take(self.coverage, freely=freely)

    def rest(self) -> Iterator[tuple[RowT, ...]]:
        """Give out everything still here, each customer once, in listing order; an empty tuple is a pause."""
        return self.delivery.rest(self.coverage)

    def missing(self) -> tuple[int, ...]:
        """Return the pages that are not there."""
        return tuple(self.coverage.missing()) if self.coverage else (1,)

    def report(self, *, done: bool) -> FetchReport:
        """Say what the run has shown so far; `done` once it has ended without an error."""
        if self._last_report:
            return self._last_report
        return make_report(self.coverage, self._listing.consistency, self.stats, self._invalid.values(), done=done)

    def close(self, *, done: bool) -> None:
        """Keep the report alone: whoever keeps a stream for it must not keep the ids of a million customers."""
        self._last_report = self.report(done=done)
        self.coverage = None

    def _note_invalid(self, page: DecodedPage[RowT], *, is_of_listing: bool) -> None:
        for record in page.invalid:
            # On a page of another size a record without id is the same one under another number.
            if record.provided_id is not None or is_of_listing:
                self._invalid.setdefault(record.provided_id or (record.page, record.row), record)

    def _count(self, coverage: Coverage, asked: Asked, fresh: int, elapsed: float) -> None:
        stats = self.stats
        stats.pages += not asked.is_count
        stats.customers += fresh
        stats.duplicates = coverage.duplicates
        stats.elapsed = elapsed
        if stats.pages == 1:
            self.first_took = elapsed
