"""What dlt makes of a list that comes to no end: nothing is loaded, nobody is retired, and nothing is left behind."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient, ListingChanged, ResponseTooLarge, RetryPolicy, ServerError, TransportError
from explo_async.emulator.faults import Close, Status, Truncate
from explo_async.emulator.thread import EmulatorThread
from explo_async.errors import ExploError
from tests.integrations.warehouse import causes, customers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integrations.warehouse import Warehouse

pytestmark = pytest.mark.engines

SIZE = 300
PAGE = 20


@pytest.fixture(autouse=True)
def nothing_under_way(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that leaves a thread, or that asyncio complains about; pytest tells of sessions and tasks."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if "extract" in thread.name]
    assert left == []
    # In its debug mode it warns of what takes long, which is no error.
    told = [record for record in caplog.get_records("call") if record.name == "asyncio"]
    assert [record.getMessage() for record in told if record.levelname == "ERROR"] == []


def resource_of(emulator: EmulatorThread, **options: Any) -> Any:
    """Make the resource of a client that does not wait long before it gives up."""

    def make_client() -> ExploClient:
        retry = RetryPolicy(attempts=2, wait_initial=0.01)
        return ExploClient(emulator.token, base_url=emulator.url, retry=retry, max_concurrency=4)

    return customers_of(emulator, make_client=make_client, page_size=PAGE, **options)


def shrink(emulator: EmulatorThread) -> None:
    """Delete customers that have been given already."""

    def delete_first(seen: Any) -> None:
        if seen.page and seen.page > 9:
            emulator.delete_at(0)

    emulator.on_request = delete_first


FAILURES: dict[str, tuple[dict[str, Any], type[ExploError]]] = {
    "an error of the server": ({"faults": [Status(500, page=9)]}, ServerError),
    "a connection that is cut": ({"faults": [Close(page=9)]}, TransportError),
    "an answer that is cut": ({"faults": [Truncate(page=9)]}, TransportError),
    "a total that does not fit, at the very end": ({"total_error": 5}, ListingChanged),
    "a list that shrinks while it is read": ({}, ListingChanged),
}


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("case", FAILURES)
def test_a_list_that_comes_to_no_end_is_not_loaded(case: str, history: bool, duckdb_warehouse: Warehouse) -> None:
    """What had been read before is not loaded, then or by the next run, and nobody is retired."""
    options, kind = FAILURES[case]
    with EmulatorThread(SIZE) as emulator:
        duckdb_warehouse.run(resource_of(emulator, history=history))
        before = duckdb_warehouse.ask("select * from customers order by 1")
        assert len(before) == SIZE
    with EmulatorThread(SIZE - 50, seed=1, **options) as emulator:
        if not options:
            shrink(emulator)
        # As it was at one moment, or not at all.
        consistency = "checked" if options else "exact"
        with pytest.raises(Exception, match="customers") as raised:
            duckdb_warehouse.run(resource_of(emulator, history=history, consistency=consistency))
        assert emulator.requests > 9
        assert [type(cause) for cause in causes(raised.value, ExploError)] == [kind]
        assert str(causes(raised.value, ExploError)[0]) in str(raised.value)
        assert duckdb_warehouse.ask("select * from customers order by 1") == before
        assert duckdb_warehouse.ask("select customers from customers_runs") == [SIZE]
    with EmulatorThread(SIZE) as emulator:
        emulator.delete_at(7)
        duckdb_warehouse.run(resource_of(emulator, history=history))
    assert duckdb_warehouse.ask("select customers from customers_runs order by begun") == [SIZE, SIZE - 1]
    rows = duckdb_warehouse.ask("select * from customers")
    if history:
        assert len(duckdb_warehouse.open_rows()) == SIZE - 1
        assert len(duckdb_warehouse.closed_rows()) == 1
    else:
        assert len(rows) == SIZE - 1


def test_a_first_load_that_fails_makes_no_table(warehouse: Warehouse) -> None:
    """Nor does it say which list a history is of."""
    with EmulatorThread(SIZE, faults=[Status(500, page=9)]) as emulator:
        level = emulator.customer(emulator.provided_ids[0])["hierarchy_level"]
        with pytest.raises(Exception, match="500"):
            warehouse.run(resource_of(emulator, history=True))
        assert warehouse.tables() == set()
        warehouse.load(emulator, history=True, hierarchy_level_name=level)
    assert 0 < len(warehouse.open_rows()) < SIZE


def test_a_list_that_cannot_be_read_is_not_loaded(duckdb_warehouse: Warehouse) -> None:
    """The token is none of the error, nor of what dlt makes of it."""
    with EmulatorThread(SIZE) as emulator:

        def make_client() -> ExploClient:
            return ExploClient(emulator.token, base_url=emulator.url, max_response_bytes=100)

        with pytest.raises(Exception, match="100") as raised:
            duckdb_warehouse.run(customers_of(emulator, make_client=make_client))
        assert len(causes(raised.value, ResponseTooLarge)) == 1
        assert emulator.token not in str(raised.value)


@pytest.mark.parametrize("after", [1, 2, 5, 9])
def test_an_extraction_that_dlt_breaks_off_leaves_nothing(after: int, duckdb_warehouse: Warehouse) -> None:
    """When another step fails, requests that are under way end, and the next run begins anew."""
    with EmulatorThread(2 * SIZE, latency=0.03) as emulator:
        given = 0

        def refuse(batch: Any) -> Any:
            nonlocal given
            given += 1
            if given == after:
                msg = "the disk is full"
                raise RuntimeError(msg)
            return batch

        with pytest.raises(Exception, match="the disk is full"):
            duckdb_warehouse.run(resource_of(emulator).add_map(refuse))
        asked = emulator.requests
        assert asked < 2 * SIZE / PAGE
        time.sleep(0.15)
        assert emulator.requests == asked
        assert duckdb_warehouse.tables() == set()
        duckdb_warehouse.run(resource_of(emulator))
        assert len(duckdb_warehouse.ask("select provided_id from customers")) == 2 * SIZE


def test_pages_are_fetched_while_dlt_writes(duckdb_warehouse: Warehouse) -> None:
    """Several at once, as many as a slow consumer is kept, and then no more."""
    with EmulatorThread(2 * SIZE, latency=0.02) as emulator:
        asked: list[int] = []

        def write_slowly(batch: Any) -> Any:
            if not asked:
                # The first one, which is empty: no page has been taken.
                deadline = time.monotonic() + 30
                while emulator.requests < 4 and time.monotonic() < deadline:
                    time.sleep(0.01)
                time.sleep(0.3)
                asked.append(emulator.requests)
            return batch

        duckdb_warehouse.run(resource_of(emulator).add_map(write_slowly))
        assert emulator.peak_in_flight == 4
        assert 4 <= asked[0] < 2 * SIZE / PAGE
