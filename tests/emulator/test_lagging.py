"""Lists that are behind the writes."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from explo_async.emulator import Behaviour, Emulator
from explo_async.emulator.book import CustomerBook
from explo_async.emulator.lagging import Lagging
from explo_async.emulator.order import OrderName, make_order
from explo_async.endpoint import CREATE_GROUP_TAG, DELETE_CUSTOMER, LIST_AT_ONCE, RENAME_GROUP_TAG, UPDATE_CUSTOMER
from tests.helpers.emulator_client import asking


@pytest.mark.parametrize("setting", ["immediate", "delayed"])
async def test_a_list_after_a_write(setting: Any) -> None:
    """Both lists show a write at once, or after the lag; to get the customer is never behind."""
    behaviour = Behaviour(list_after_write=setting, lag=30.0)
    async with Emulator(3, behaviour=behaviour) as emulator, asking(emulator) as ask:
        made = await ask.make("a")
        assert await ask.get("a") == made
        shown = setting == "immediate"
        assert ("a" in (await ask()).provided_ids) is shown
        assert (await ask()).json()["total_count"] == (4 if shown else 3)
        ids = [customer["provided_id"] for customer in (await ask.do(LIST_AT_ONCE)).json()["customers"]]
        assert ("a" in ids) is shown


async def test_a_list_catches_up() -> None:
    """After the lag it shows everything: what was made, changed, renamed, tagged and deleted, by writes and by tests."""
    behaviour = Behaviour(list_after_write="delayed", lag=0.02, delete_with_children="cascade")
    async with Emulator(25, behaviour=behaviour) as emulator, asking(emulator) as ask:
        before = (await ask(page_size=100)).body
        made = await ask.make("a")
        await ask.make("b", parent_provided_id="customer-0000010", hierarchy_level_name="Branch")
        await ask.do(UPDATE_CUSTOMER, {"provided_id": "customer-0000010", "new_provided_id": "ten", "properties": {}})
        await ask.do(DELETE_CUSTOMER, {"current_token": made["token"]})
        await ask.do(RENAME_GROUP_TAG, {"name": "designers", "new_name": "artists"})
        await ask.do(CREATE_GROUP_TAG, {"name": "designers"})
        emulator.add()
        emulator.change("customer-0000003", name="Three")
        emulator.delete("customer-0000005")
        now = [emulator.customer(provided_id) for provided_id in emulator.provided_ids]
        await asyncio.sleep(0.02)
        after = await ask(page_size=100)
        assert after.json()["results"]["customers"] == now
        assert after.body != before


@pytest.mark.parametrize("order", ["unique", "ties", "none"])
def test_a_copy_goes_through_the_same_states(order: OrderName) -> None:
    """Whatever happens to a list, its copy is at each time what the list was a while ago."""
    random, time = Random(7), 0.0
    book = CustomerBook(40, order=make_order(order, 0))
    lagging = Lagging(book, 10.0, lambda: time)
    past = [(0.0, book.provided_ids, [book.own(row) for row in book.select(None, None)])]
    for step in range(300):
        time += random.choice([0.0, 1.0])
        kind, ids = random.choice(["add", "given", "change", "delete", "delete_at", "tag"]), book.provided_ids
        if kind == "add":
            book.add(index=random.choice([None, 0]))
        elif kind == "given":
            book.insert(
                {"provided_id": f"given {step}", "group_tags": ["x"]}, random.choice(ids), random.choice([None, 3])
            )
        elif kind == "tag":
            book.rename_tag(random.choice(["x", "designers"]), random.choice(["x", "y", None]))
        elif kind == "change":
            book.change(random.choice(ids), {"name": str(step)})
        elif kind == "delete":
            book.delete(random.choice(ids))
        else:
            book.delete_at(random.choice([0, -1]))
        past.append((time, book.provided_ids, [book.own(row) for row in book.select(None, None)]))
        lagging.catch_up(time)
        _, ids, records = next(moment for moment in reversed(past) if moment[0] <= max(time - 10.0, 0.0))
        copy = lagging.book
        assert (copy.provided_ids, [copy.own(row) for row in copy.select(None, None)]) == (ids, records)
    assert lagging.book is not book


def test_without_a_lag_it_is_the_list_itself() -> None:
    """Nothing is copied, and nothing waits."""
    book = CustomerBook(3)
    lagging = Lagging(book, None, lambda: 0.0)
    book.add()
    lagging.catch_up(0.0)
    assert lagging.book is book
    assert len(lagging._due) == 0


def test_a_record_that_a_caller_changes_later_is_listed_as_it_was() -> None:
    """What waits is a copy."""
    book = CustomerBook([])
    lagging = Lagging(book, 1.0, lambda: 0.0)
    record: dict[str, Any] = {"provided_id": "a", "name": "before"}
    book.add(record)
    record["name"] = "after"
    lagging.catch_up(1.0)
    assert lagging.book.records(lagging.book.select(None, None)) == [{"provided_id": "a", "name": "before"}]


async def test_changes_before_the_start_are_behind_too() -> None:
    """What a test changes after it has made the emulator shows after the lag, whether or not it serves yet."""
    made: list[Emulator] = []
    behaviour = Behaviour(list_after_write="delayed", lag=0.0)
    # In a thread there is no event loop whose time could be taken.
    await asyncio.to_thread(lambda: made.append(Emulator(3, behaviour=behaviour)))
    await asyncio.to_thread(made[0].delete, "customer-0000001")
    async with made[0] as emulator, asking(emulator) as ask:
        assert (await ask()).provided_ids == ["customer-0000000", "customer-0000002"]
