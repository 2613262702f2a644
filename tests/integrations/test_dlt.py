"""`explo_async.integrations.dlt`: what is in the tables after each load, in a real DuckDB and a real PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ConfigurationError, ExploClient
from explo_async.emulator import Token
from explo_async.emulator.thread import EmulatorThread
from tests.integrations.warehouse import causes, customers_of

if TYPE_CHECKING:
    from tests.integrations.warehouse import Warehouse

pytestmark = pytest.mark.engines

ABC = [{"provided_id": each, "name": each.upper()} for each in "abc"]


def served(emulator: EmulatorThread) -> list[tuple[str, Any]]:
    """Give id and name of every customer that the emulator has, by id."""
    return sorted((each, emulator.customer(each)["name"]) for each in emulator.provided_ids)


def edit(emulator: EmulatorThread) -> list[tuple[str, Any]]:
    """Change ten customers, delete ten, add ten; give id and name of those that are gone in this form, by id."""
    before = served(emulator)
    for place in range(0, 1000, 100):
        emulator.change(emulator.provided_ids[place], name=f"renamed {place}")
        emulator.delete(emulator.provided_ids[place + 7])
        emulator.add({"provided_id": f"new {place}", "name": "New"}, index=place)
    return sorted(set(before) - set(served(emulator)))


def test_a_load_replaces_the_list(warehouse: Warehouse) -> None:
    """After each load the table is the list, each customer once."""
    with EmulatorThread(1100) as emulator:
        for change in (None, None, edit):
            if change:
                assert len(change(emulator)) == 20
            warehouse.load(emulator)
            assert warehouse.ask("select provided_id, name from customers order by 1") == served(emulator)
    assert warehouse.tables() == {"customers", "customers_runs"}


def test_a_history_has_a_row_for_each_state(warehouse: Warehouse) -> None:
    """The same list twice ends nothing; what is changed or gone is ended, and what is new or changed is begun."""
    with EmulatorThread(1100) as emulator:
        for _ in range(2):
            warehouse.load(emulator, history=True)
            assert warehouse.open_rows() == served(emulator)
            assert warehouse.closed_rows() == []
        gone = edit(emulator)
        assert len(gone) == 20
        warehouse.load(emulator, history=True)
        assert warehouse.open_rows() == served(emulator)
        assert warehouse.closed_rows() == gone
    ends = "select distinct _dlt_valid_to from customers where _dlt_valid_to is not null"
    begins = "select distinct _dlt_valid_from from customers order by 1"
    assert warehouse.ask(ends) == warehouse.ask(begins)[1:]


def test_whoever_comes_back_has_a_second_row(warehouse: Warehouse) -> None:
    """A customer that was away is open again, and the time of its absence can be seen."""
    with EmulatorThread(ABC) as emulator:
        warehouse.load(emulator, history=True)
        emulator.delete("b")
        warehouse.load(emulator, history=True)
        emulator.add(ABC[1])
        warehouse.load(emulator, history=True)
    assert warehouse.open_rows() == [("a", "A"), ("b", "B"), ("c", "C")]
    assert warehouse.closed_rows() == [("b", "B")]


def test_the_same_in_another_form_makes_no_row(duckdb_warehouse: Warehouse) -> None:
    """Keys in another order, empty for null, and another token of the customer's own are no change; 1.0 for 1 is one."""
    first = {"provided_id": "a", "token": "t1", "properties": {"x": 1, "y": {"p": [1], "q": None}}, "emails": None}
    again = {"provided_id": "a", "token": "t2", "properties": {"y": {"q": None, "p": [1]}, "x": 1}, "emails": []}
    other = {**again, "properties": {"y": {"q": None, "p": [1]}, "x": 1.0}}
    for record, rows in ((first, 1), (again, 1), (other, 2)):
        with EmulatorThread([record]) as emulator:
            duckdb_warehouse.load(emulator, history=True, with_tokens=True)
        assert len(duckdb_warehouse.ask("select provided_id from customers")) == rows
    assert duckdb_warehouse.ask("select token from customers order by _dlt_valid_from") == ["t1", "t2"]


def test_a_merge_key_of_an_earlier_run_is_undone(warehouse: Warehouse) -> None:
    """With one, dlt ends only rows whose key is still in the list; its schema keeps it (dlt-hub/dlt#2440)."""
    with EmulatorThread(ABC) as emulator:
        keyed = customers_of(emulator, history=True)
        keyed.apply_hints(merge_key="provided_id")
        warehouse.run(keyed)
        emulator.delete("b")
        warehouse.run(keyed)
        assert warehouse.closed_rows() == []
        warehouse.load(emulator, history=True)
    assert warehouse.open_rows() == [("a", "A"), ("c", "C")]
    assert warehouse.closed_rows() == [("b", "B")]


@pytest.mark.parametrize("history", [False, True])
def test_an_empty_list_is_a_list(warehouse: Warehouse, history: bool) -> None:
    """It makes the tables, empties the one of a load that replaces, and ends every row of a history."""
    with EmulatorThread([]) as emulator:
        warehouse.load(emulator, history=history)
        assert warehouse.ask("select provided_id from customers") == []
        for record in ABC:
            emulator.add(record)
        warehouse.load(emulator, history=history)
        for record in ABC:
            emulator.delete(record["provided_id"])
        warehouse.load(emulator, history=history)
    assert warehouse.ask("select customers from customers_runs order by begun") == [0, 3, 0]
    if history:
        assert warehouse.open_rows() == []
        assert len(warehouse.closed_rows()) == 3
    else:
        assert warehouse.ask("select provided_id from customers") == []


def test_a_history_goes_on_from_a_list_that_was_replaced(warehouse: Warehouse) -> None:
    """Whoever begins a history later keeps the rows of the last load, with an unknown beginning."""
    with EmulatorThread(ABC) as emulator:
        warehouse.load(emulator)
        emulator.delete("b")
        warehouse.load(emulator, history=True)
    assert warehouse.open_rows() == [("a", "A"), ("c", "C")]
    assert warehouse.closed_rows() == [("b", "B")]
    assert warehouse.ask("select distinct _dlt_valid_from from customers") == [None]


def test_each_load_has_its_proof(warehouse: Warehouse) -> None:
    """A row tells when the list was read, what it was proved to be and how it was asked for, and leads to the load."""
    began = datetime.now(UTC)
    with EmulatorThread(300) as emulator:
        level = emulator.customer(emulator.provided_ids[0])["hierarchy_level"]
        warehouse.load(emulator)
        warehouse.load(emulator, hierarchy_level_name=level, consistency="exact")
    query = (
        "select verdict, basis, parent_provided_id, hierarchy_level_name, customers from customers_runs order by begun"
    )
    proofs = warehouse.ask(query)
    filtered = len(warehouse.ask("select provided_id from customers"))
    assert proofs == [("complete", "count", None, None, 300), ("exact", "exact", None, level, filtered)]
    assert 0 < filtered < 300
    for begun, ended in warehouse.ask("select begun, ended from customers_runs"):
        assert began <= begun <= ended <= datetime.now(UTC)
    for text, verdict in warehouse.ask("select report, verdict from customers_runs"):
        report = json.loads(text) if isinstance(text, str) else text
        assert report["verdict"] == verdict
        assert report["stats"]["retries"] == 0
    loads = "select count(*) from _dlt_loads join customers_runs on load_id = _dlt_load_id where status = 0"
    assert warehouse.ask(loads) == [2]


def test_a_history_is_of_one_list(duckdb_warehouse: Warehouse) -> None:
    """With another filter it would end for everybody else: that is refused before anything is sent."""
    with EmulatorThread(ABC, parents={"b": "a"}) as emulator:
        duckdb_warehouse.load(emulator, history=True)
        asked = emulator.requests
        with pytest.raises(Exception, match="give this list another name") as raised:
            duckdb_warehouse.load(emulator, history=True, parent_provided_id="a")
        assert emulator.requests == asked
        (ours,) = causes(raised.value, ConfigurationError)
        assert str(ours) == (
            "the history is of the list without filters, and a list with parent_provided_id='a' would end it for others; "
            "give this list another name, or a pipeline of its own"
        )
        assert duckdb_warehouse.closed_rows() == []
        duckdb_warehouse.load(emulator, history=True)
        duckdb_warehouse.load(emulator, history=True, parent_provided_id="a", name="children")
    assert duckdb_warehouse.closed_rows() == []
    assert duckdb_warehouse.ask("select provided_id from children") == ["b"]


def test_the_teams_token_may_change(duckdb_warehouse: Warehouse) -> None:
    """A history goes on with another token; a list that is replaced may have other filters each time."""
    with EmulatorThread(ABC, parents={"b": "a"}, tokens=[Token("old"), Token("new")]) as emulator:
        for token in ("old", "new"):
            duckdb_warehouse.load(emulator, history=True, token=token)
        assert len(duckdb_warehouse.open_rows()) == 3
        for parent, rows in ((None, 3), ("a", 1), (None, 3)):
            duckdb_warehouse.load(emulator, parent_provided_id=parent)
            assert len(duckdb_warehouse.ask("select provided_id from customers")) == rows


def test_other_settings_of_the_client(duckdb_warehouse: Warehouse) -> None:
    """`make_client` makes it at each load; what is asked for twice is refused at once."""
    made = []

    with EmulatorThread(ABC) as emulator:

        def make_client() -> ExploClient:
            made.append(ExploClient(emulator.token, base_url=emulator.url, max_concurrency=2))
            return made[-1]

        resource = customers_of(emulator, make_client=make_client)
        duckdb_warehouse.run(resource)
        duckdb_warehouse.run(resource)
        assert len(made) == 2
        with pytest.raises(ConfigurationError, match="^make_client makes the whole client"):
            customers_of(emulator, make_client=make_client, token="t")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"consistency": "off"}, "consistency"),
        ({"history": "yes"}, "history"),
        ({"with_tokens": 1}, "with_tokens"),
        ({"name": ""}, "name"),
        ({"page_size": 0}, "page_size"),
        ({"parent_provided_id": ""}, "parent_provided_id"),
        ({"timeout": 0}, "timeout"),
        ({"expected_total": -1}, "expected_total"),
    ],
)
@pytest.mark.usefixtures("dlt_at_home")
def test_arguments_that_cannot_work_are_refused_at_once(options: dict[str, Any], named: str) -> None:
    """Before dlt has seen the resource; a list that is not proved cannot be asked for."""
    with EmulatorThread([]) as emulator, pytest.raises(ConfigurationError, match=f"^{named} must be "):
        customers_of(emulator, **options)
