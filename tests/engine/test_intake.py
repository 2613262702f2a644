"""Answers coming in: what the proof is told, what the consumer gets, what is counted, and what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from explo_async.completeness.evidence import Entry
from explo_async.completeness.sightings import fingerprints
from explo_async.decode.page import DecodedPage
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.engine.intake import Intake
from explo_async.engine.listing import Listing
from explo_async.engine.tasks import Asked
from explo_async.models import Customer, InvalidRecord
from explo_async.plan import COUNT, Ask
from tests.helpers.deliveries import customers, decoded, letters_of, rest_of
from tests.helpers.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.delivery.arrival import Arrival, Delivery, RowPage

TIMES: dict[str, Any] = {"oldest": 1, "now": 20.0, "elapsed": 2.5}


def intake_of(delivery: Delivery[Customer] | None = None, **listing: Any) -> Intake[Customer]:
    """Make what takes answers in."""
    return Intake(Listing(**listing), AsTheyCome[Customer]() if delivery is None else delivery)


def asked(number: int, size: int = 10, **facts: Any) -> Asked:
    """Make a page that went out after two answers, at 10 s, and whose own answer was the fourth."""
    return Asked(Ask(number, size), sent=2, started=1, arrived=3, at=10.0, **facts)


class Noting(AsTheyCome[Customer]):
    """Notes the arrivals, what is dropped, and by which chain rows are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[Arrival[Customer]] = []
        self.dropped: list[object] = []
        self.chains: list[object] = []

    def put(self, arrival: Arrival[Customer]) -> None:
        super().put(arrival)
        self.arrivals.append(arrival)

    def take(self, chain: object, *, freely: bool = False) -> RowPage[Customer] | None:
        self.chains.append(chain)
        return super().take(None, freely=freely)

    def rest(self, chain: object) -> Iterator[tuple[Customer, ...]]:
        self.chains.append(chain)
        return super().rest(None)

    def drop_rest(self, chain: object) -> None:
        self.dropped.append(chain)


def test_the_proof_is_told_what_the_answer_says() -> None:
    """The total, the rows and the moments, of the loop's events and of the clock."""
    coverage = Told(entries=[Entry(0)])
    page = DecodedPage(total_count=9, rows=decoded("ab").rows, provided_ids=("a", "b"), has_next=True)
    intake_of().enter(coverage, asked(2), page, **TIMES)
    (told,) = coverage.added
    assert (told["ask"], told["total"], told["has_next"]) == (Ask(2, 10), 9, True)
    assert (told["sent"], told["arrived"], told["oldest"], told["when"]) == (2, 3, 1, (10.0, 20.0))


@pytest.mark.parametrize(
    ("delivery", "consistency", "whole"),
    [
        (AsTheyCome, "checked", False),
        (InOrder, "verified", False),
        (InOrder, "exact", True),
        (AsTheyCome, "exact", True),
        (Kept, "checked", True),
    ],
)
def test_a_stream_is_proved_by_fingerprints(
    delivery: type[AsTheyCome[Customer] | InOrder[Customer] | Kept[Customer]], consistency: str, *, whole: bool
) -> None:
    """A list has its ids in memory anyhow, and an exact one must not rest on chance."""
    coverage = Told(entries=[Entry(0)])
    intake_of(delivery(), consistency=consistency).enter(coverage, asked(1), decoded("ab"), **TIMES)
    assert coverage.added[0]["keys"] == (("a", "b") if whole else fingerprints(("a", "b")))


def test_an_answer_past_the_end_brings_nothing() -> None:
    """Only the proof hears of it."""
    coverage, delivery = Told(), Noting()
    intake = intake_of(delivery)
    intake.enter(coverage, asked(7), None, **TIMES)
    assert coverage.ended == [{"ask": Ask(7, 10), "sent": 2, "arrived": 3, "oldest": 1}]
    assert (coverage.added, delivery.arrivals, intake.stats.pages, intake.stats.elapsed) == ([], [], 0, 0.0)


def test_rows_that_are_new_go_to_the_consumer() -> None:
    """Those that the proof calls fresh, with what it says of the page."""
    coverage, delivery = Told(entries=[Entry(4, fresh=[1], shared=frozenset({0}))]), Noting()
    intake = intake_of(delivery)
    intake.enter(coverage, asked(2), decoded("abc"), **TIMES)
    (arrival,) = delivery.arrivals
    assert (arrival.index, arrival.shared, letters_of(arrival.fresh)) == (4, frozenset({0}), "b")
    assert (arrival.page.number, arrival.page.page_size, letters_of(arrival.page.rows)) == (2, 10, "abc")
    assert letters_of(getattr(intake.take(freely=False), "rows", ())) == "b"
    assert intake.take(freely=False) is None
    assert delivery.dropped == []


@pytest.mark.parametrize(
    ("consistency", "adjoins", "rows"),
    [("checked", True, "b"), ("verified", False, "b"), ("off", False, "b"), ("exact", False, "abc")],
)
def test_each_mode_keeps_what_it_needs(consistency: str, rows: str, *, adjoins: bool) -> None:
    """Pictures tell the order in "checked" alone, and "exact" may give every row again."""
    coverage, delivery = Told(entries=[Entry(0), Entry(1, fresh=[], seam=slice(1, 2))]), Noting()
    intake = intake_of(delivery, consistency=consistency)
    intake.enter(coverage, asked(1), decoded("abc"), **TIMES)
    intake.enter(coverage, asked(1, 7), decoded("abc"), **TIMES)
    page, bridge = delivery.arrivals
    assert (page.adjoins, bridge.adjoins) == (adjoins, False)
    assert letters_of(bridge.page.rows) == rows


@pytest.mark.parametrize(("fresh", "skips", "put"), [([], False, 1), ([], True, 0), ([0], True, 1), (None, True, 1)])
def test_what_is_nothing_for_the_consumer_is_not_kept(fresh: list[int] | None, put: int, *, skips: bool) -> None:
    """A COUNT shows a row, which comes with its page; new rows are always kept."""
    coverage, delivery = Told(entries=[Entry(0, fresh=fresh, skips=skips)]), Noting()
    intake_of(delivery).enter(coverage, asked(1), decoded("abc"), **TIMES)
    assert len(delivery.arrivals) == put


def test_rows_that_come_again_are_dropped() -> None:
    """Where the proof withdraws what is held."""
    coverage, delivery = Told(entries=[Entry(0, withdraws=True)]), Noting()
    intake_of(delivery).enter(coverage, asked(1), decoded("abc"), **TIMES)
    assert delivery.dropped == [coverage]


def test_answers_are_counted() -> None:
    """A COUNT is no page; the time of page 1 is that of the first, not of a later one or of a COUNT after it."""
    coverage = Told(entries=[Entry(0), Entry(1, fresh=[0]), Entry(2, fresh=[], skips=True)])
    intake = intake_of()
    intake.enter(coverage, asked(1), decoded("abc"), oldest=None, now=20.0, elapsed=2.0)
    assert (intake.stats.pages, intake.first_took) == (1, 2.0)
    coverage.duplicates = 2
    intake.enter(coverage, asked(2), decoded("dab"), oldest=None, now=21.0, elapsed=3.0)
    intake.enter(coverage, Asked(COUNT, is_count=True), decoded("a"), oldest=None, now=22.0, elapsed=4.0)
    stats = intake.stats
    assert (stats.pages, stats.customers, stats.duplicates, stats.elapsed) == (2, 4, 2, 4.0)
    assert intake.first_took == 2.0


def invalid(page: int, row: int, provided_id: str | None) -> DecodedPage[Customer]:
    """Make a page with a record that cannot be read."""
    record = InvalidRecord(page=page, row=row, provided_id=provided_id, path="name", reason="is a number")
    rows = customers("abcdef")
    ids = [None if place == row else customer.provided_id for place, customer in enumerate(rows)]
    return DecodedPage(total_count=9, rows=(*rows[:row], *rows[row + 1 :]), provided_ids=tuple(ids), invalid=(record,))


@pytest.mark.parametrize(
    ("again", "places"),
    [
        pytest.param((2, 5, "x", 10), [(1, 3)], id="the same id elsewhere"),
        pytest.param((2, 5, "y", 10), [(1, 3), (2, 5)], id="another id"),
        pytest.param((2, 5, "y", 7), [(1, 3), (2, 5)], id="another id, on a page of another size"),
        pytest.param((1, 3, None, 10), [(1, 3), (1, 3)], id="no id"),
        pytest.param((1, 3, None, 7), [(1, 3)], id="no id, on a page of another size"),
    ],
)
def test_a_record_is_set_aside_once(again: tuple[int, int, str | None, int], places: list[tuple[int, int]]) -> None:
    """By its id, or else by its place; the first sight of it is reported."""
    coverage = Told(entries=[Entry(0, fresh=[]), Entry(1, fresh=[])])
    intake = intake_of()
    intake.enter(coverage, asked(1), invalid(1, 3, "x"), **TIMES)
    page, row, provided_id, size = again
    intake.enter(coverage, asked(page, size), invalid(page, row, provided_id), **TIMES)
    assert [(record.page, record.row) for record in intake.report(done=True).invalid] == places


def test_a_record_without_id_is_set_aside_once_for_its_place() -> None:
    """Its page may be read again."""
    coverage = Told(entries=[Entry(index, fresh=[]) for index in range(3)])
    intake = intake_of()
    for row in (3, 3, 4):
        intake.enter(coverage, asked(1), invalid(1, row, None), **TIMES)
    assert [record.row for record in intake.report(done=True).invalid] == [3, 4]


def test_before_page_1_nothing_is_there() -> None:
    """It is page 1 that is missing then."""
    intake = intake_of()
    assert intake.coverage is None
    assert intake.first_took == 0.0
    assert (intake.total_count, intake.missing(), intake.take(freely=True)) == (None, (1,), None)
    assert intake.report(done=False).verdict == "incomplete"


def test_the_proof_knows_what_is_missing() -> None:
    """And how long the list is."""
    intake = intake_of()
    intake.coverage = coverage = Told(3)
    assert (intake.total_count, intake.missing()) == (30, (1, 2, 3))
    coverage.total = 7
    assert (intake.total_count, intake.missing()) == (7, (1,))


def test_rows_are_given_out_by_the_proof() -> None:
    """It tells what hangs together, on the way and at the end."""
    delivery = Noting()
    intake = intake_of(delivery)
    assert (intake.take(freely=False), list(intake.rest())) == (None, [])
    intake.coverage = coverage = Told()
    assert (intake.take(freely=False), list(intake.rest())) == (None, [])
    assert delivery.chains == [None, None, coverage, coverage]


def test_what_waits_is_given_out_at_the_end() -> None:
    """Over a gap, what the proof holds back leaves freely."""
    intake = intake_of(InOrder[Customer]())
    intake.coverage = coverage = Told(entries=[Entry(0), Entry(1)])
    coverage.holds = lambda index: index > 5  # type: ignore[method-assign]
    for number, rows in ((3, "ghi"), (2, "def")):
        intake.enter(coverage, asked(number), decoded(rows), **TIMES)
    assert intake.take(freely=False) is None
    assert letters_of(getattr(intake.take(freely=True), "rows", ())) == "def"
    assert "".join(map(letters_of, intake.rest())) == "ghi"
    assert rest_of(intake.delivery) == ""


@pytest.mark.parametrize(("done", "verdict"), [(True, "complete"), (False, "incomplete")])
def test_after_the_end_the_report_alone_is_kept(verdict: str, *, done: bool) -> None:
    """With the size of the list; what is asked for later changes nothing."""
    intake = intake_of()
    intake.coverage = Told(3)
    intake.close(done=done)
    assert intake.coverage is None
    assert intake.total_count == 30
    report = intake.report(done=not done)
    assert (report.verdict, report.total_count) == (verdict, 30)
    intake.close(done=not done)
    assert intake.report(done=done) is report
