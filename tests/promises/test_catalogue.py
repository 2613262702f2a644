"""Whatever goes wrong, the user gets what the documentation's table says, quickly, and nothing is left or leaks."""

from __future__ import annotations

import asyncio
import itertools
import logging
import pickle
import re
import runpy
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from attrs import define, field

from explo_async import CustomerList, ExploClient, ExploError
from explo_async.emulator.synthetic import make_customer
from tests.helpers.tasks import PACKAGE, ours
from tests.promises.catalogue import CASES
from tests.promises.catalogue.case import THRICE, Case, Data, Raises
from tests.promises.catalogue.places import CUSTOMERS, PAGE_SIZE, TEAM_TOKEN, Place
from tests.promises.catalogue.table import put_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "what-can-go-wrong.md"
WITHIN = 5.0
"""A guard against hanging, not a measure of speed."""
CUSTOMERS_TOKENS = [make_customer(0, serial)["token"] for serial in range(CUSTOMERS)]


@define
class Run:
    """What came of a case."""

    place: Place
    customers: CustomerList | None = None
    error: ExploError | None = None
    progress: list[Any] = field(factory=list)
    seconds: float = 0.0


async def run(case: Case, place: Place, **call: Any) -> Run:
    """Fetch the list, and check that the client leaves nothing behind."""
    done = Run(place)
    options = {"retry": THRICE, "session": place.session} | dict(case.client)
    if place.rate_limit is not None:
        options["rate_limit"] = place.rate_limit
    began = time.monotonic()
    async with asyncio.timeout(WITHIN):
        async with ExploClient(TEAM_TOKEN, base_url=place.url, **options) as explo:
            arguments: dict[str, Any] = {"page_size": PAGE_SIZE, "on_progress": done.progress.append}
            try:
                done.customers = await explo.customers.list(**(arguments | dict(case.call) | call))
            except ExploError as error:
                done.error = error
            done.seconds = time.monotonic() - began
            # A store is told what has ended while the client is open.
            assert place.rate_limit or not ours(asyncio.all_tasks())
        assert not ours(asyncio.all_tasks())
        if place.session:
            await place.session.close()
        for emulator in (place.emulator, place.stranger):
            # What the client has closed the server notices a moment later.
            while emulator and (emulator.open_connections or emulator.in_flight):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
    return done


def check(outcome: Data | Raises, done: Run) -> None:
    """Compare what came with what the catalogue promises."""
    if isinstance(outcome, Data):
        assert done.error is None, done.error
        check_data(outcome, done)
    else:
        assert done.error is not None, done.customers
        check_error(outcome, done, done.error)


def check_data(outcome: Data, done: Run) -> None:
    emulator, customers = done.place.emulator, done.customers
    assert emulator is not None
    assert customers is not None
    assert [customer.provided_id for customer in customers] == list(emulator.provided_ids)
    assert customers.report.verdict == "complete"
    assert customers.report.stats.requests == emulator.requests
    if outcome.retries is not None:
        assert emulator.requests == CUSTOMERS // PAGE_SIZE + 1 + outcome.retries
    assert {name: getattr(customers[outcome.row], name) for name in outcome.has} == outcome.has
    assert done.seconds >= outcome.least


def check_error(outcome: Raises, done: Run, error: ExploError) -> None:
    emulator = done.place.emulator
    assert type(error) is outcome.error, error
    assert re.search(outcome.match, str(error)), str(error)
    assert "\n" not in str(error)
    assert error.page == outcome.page
    assert {name: getattr(error, name) for name in outcome.facts} == outcome.facts
    assert error.stats is not None
    if outcome.page is not None:
        assert outcome.page in error.missing_pages
        assert error.stats.pages * PAGE_SIZE == len(error.customers)
    if outcome.asks is not None:
        assert (error.attempts or 1) == outcome.asks
        if emulator is not None and emulator.requests:
            assert [number == outcome.page for number in emulator.pages].count(True) == outcome.asks + outcome.stale


def chain(error: BaseException) -> Iterator[BaseException]:
    """Follow causes and contexts."""
    ahead = [error]
    while ahead:
        one = ahead.pop()
        yield one
        ahead += [behind for behind in (one.__cause__, one.__context__) if behind is not None]


def written(done: Run, log: list[logging.LogRecord]) -> Iterator[str]:
    """Give everything that the package said."""
    for record in log:
        yield record.getMessage() + repr(record.__dict__)
    yield repr(done.progress) + repr(done.customers)
    for error in chain(done.error) if done.error else ():
        yield str(error) + repr(error) + repr(error.args) + repr(error.__dict__)
        yield "".join(traceback.format_exception(error))


def locals_of(error: BaseException) -> Iterator[str]:
    """Give what a reporter of errors shows of the package's frames."""
    for frame, _ in itertools.chain.from_iterable(traceback.walk_tb(one.__traceback__) for one in chain(error)):
        if frame.f_code.co_filename.startswith(PACKAGE):
            yield repr(frame.f_locals)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_user_gets_what_the_table_says(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """The data or the named error, after as many requests as promised; nothing is left running, no token shows."""
    caplog.set_level(logging.DEBUG)
    async with case.opening() as place:
        done = await run(case, place)
        check(case.outcome, done)
    assert place.stranger is None or place.stranger.requests == 0
    for text in written(done, caplog.records):
        assert not [token for token in (TEAM_TOKEN, *CUSTOMERS_TOKENS) if token in text], text
    if done.error:
        assert not [one for one in chain(done.error) if isinstance(one, aiohttp.ClientError)]
        shown = list(locals_of(done.error))
        assert shown
        assert not [text for text in shown if TEAM_TOKEN in text]
        assert TEAM_TOKEN.encode() not in pickle.dumps(done.error)


def test_the_page_says_what_the_tests_show() -> None:
    """The documentation's table is the one made from the catalogue; every case has a name of its own."""
    page = PAGE.read_text("utf-8")
    assert put_table(page, CASES) == page, "the catalogue has changed: run `python -m tests.promises.catalogue_table`"
    assert len({case.name for case in CASES}) == len(CASES)
    assert 40 <= write_table(CASES).count("\n") <= 66


def test_the_table_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script puts the table in place of whatever stands between its two marks."""
    copy = tmp_path / PAGE.name
    copy.write_text(PAGE.read_text("utf-8").replace("connection refused", "refused connections"), "utf-8")
    monkeypatch.setattr("sys.argv", ["catalogue_table.py", str(copy)])
    runpy.run_path(str(Path(__file__).with_name("catalogue_table.py")), run_name="__main__")
    assert copy.read_text("utf-8") == PAGE.read_text("utf-8")


@pytest.mark.parametrize("case", [case for case in CASES if case.set_aside], ids=str)
async def test_a_record_that_cannot_be_read_can_be_set_aside(case: Case) -> None:
    """With `invalid="collect"` the same list comes without that record, and the report says where it was."""
    assert case.set_aside is not None
    page, row, path = case.set_aside
    async with case.opening() as place:
        done = await run(case, place, invalid="collect")
        assert place.emulator is not None
        expected = list(place.emulator.provided_ids)
    del expected[(page - 1) * PAGE_SIZE + row]
    assert done.customers is not None, done.error
    assert [customer.provided_id for customer in done.customers] == expected
    (record,) = done.customers.report.invalid
    assert (record.page, record.row, record.path) == case.set_aside
    assert path in repr(record)
