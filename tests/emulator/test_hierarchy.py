"""Levels, parents and what comes down from them, over a socket."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async.emulator import Behaviour, Emulator
from explo_async.endpoint import CREATE_CUSTOMER, UPDATE_CUSTOMER
from tests.helpers.emulator_client import Asker, asking

LEVELS = ("Country", "Region", "Branch")


async def create(ask: Asker, provided_id: str, parent: str | None, level: str | None, **fields: Any) -> int:
    places = {"parent_provided_id": parent, "hierarchy_level_name": level}
    given = {name: value for name, value in places.items() if value is not None}
    return (await ask.do(CREATE_CUSTOMER, {"provided_id": provided_id, **given, **fields})).status


async def update(ask: Asker, provided_id: str, **fields: Any) -> int:
    return (await ask.do(UPDATE_CUSTOMER, {"provided_id": provided_id, **fields})).status


async def test_parents_are_strictly_above() -> None:
    """A parent's level is higher, whether or not one is left out between; without a level a customer is at the root."""
    async with Emulator([], levels=LEVELS) as emulator, asking(emulator) as ask:
        assert await create(ask, "de", None, None) == 200
        assert await create(ask, "bavaria", "de", "Region") == 200
        assert await create(ask, "munich", "bavaria", "Branch") == 200
        assert await create(ask, "berlin", "de", "Branch") == 200
        for parent, level in [("bavaria", "Region"), ("bavaria", "Country"), ("munich", "Branch"), ("de", None)]:
            assert await create(ask, "new", parent, level) == 400
        assert await create(ask, "new", "nobody", "Branch") == 400
        assert {each: emulator.parent_of(each) for each in emulator.provided_ids} == {
            "de": None,
            "bavaria": "de",
            "munich": "bavaria",
            "berlin": "de",
        }
        levels = {row["provided_id"]: row["hierarchy_level"] for row in (await ask()).json()["results"]["customers"]}
        assert levels == {"de": "Country", "bavaria": "Region", "munich": "Branch", "berlin": "Branch"}


async def test_an_update_keeps_the_order() -> None:
    """A level has to stay below the parent's and above the children's, and a parent has to be above."""
    async with Emulator([], levels=LEVELS) as emulator, asking(emulator) as ask:
        await create(ask, "de", None, "Country")
        await create(ask, "bavaria", "de", "Region")
        await create(ask, "munich", "bavaria", "Branch")
        assert await update(ask, "bavaria", hierarchy_level_name="Country") == 400
        assert await update(ask, "bavaria", hierarchy_level_name="Branch") == 400
        assert await update(ask, "de", parent_provided_id="munich") == 400
        assert await update(ask, "de", parent_provided_id="de") == 400
        assert await update(ask, "munich", hierarchy_level_name="Region") == 400
        assert await update(ask, "munich", hierarchy_level_name="Region", parent_provided_id="de") == 200
        assert emulator.parent_of("munich") == "de"
        assert await update(ask, "bavaria", hierarchy_level_name="Branch") == 200


async def test_a_team_without_levels_has_no_hierarchy() -> None:
    """No customer has a level then, and none can be a parent."""
    async with Emulator([], levels=()) as emulator, asking(emulator) as ask:
        assert (await ask.make("a"))["hierarchy_level"] is None
        assert await create(ask, "b", "a", None) == 400
        assert await create(ask, "b", None, "Customer") == 400


async def test_levels_are_those_of_the_records() -> None:
    """Unless they are told, levels are what the records show, the first the highest, or else the documented two."""
    records: list[dict[str, Any]] = [
        {"provided_id": "a", "hierarchy_level": "Top", "group_tags": ["x", None]},
        {"provided_id": "b", "hierarchy_level": "Low", "group_tags": "x y"},
    ]
    async with Emulator(records, parents={"b": "a"}) as emulator, asking(emulator) as ask:
        assert emulator.group_tags == ("x",)
        assert (await ask.make("c"))["hierarchy_level"] == "Top"
        assert await create(ask, "d", "c", "Low") == 200
        assert await create(ask, "e", None, "Lowest") == 400
        emulator.add({"provided_id": "f", "hierarchy_level": "Lowest", "group_tags": ["y"]})
        assert await create(ask, "e", "d", "Lowest", group_tags=["y", "x", "y"]) == 200
        assert emulator.customer("e")["group_tags"] == ["y", "x"]
    async with Emulator([]) as emulator, asking(emulator) as ask:
        assert (await ask.make("a"))["hierarchy_level"] == "Customer"
        assert await create(ask, "b", "a", "User") == 200


def test_there_are_three_levels_at_most() -> None:
    """More are a ValueError."""
    with pytest.raises(ValueError, match="a hierarchy has at most 3 levels, not 4"):
        Emulator(1, levels=("a", "b", "c", "d"))


async def test_properties_and_sources_come_down() -> None:
    """What is computed is one's own and what those above have; nearer ones win; a change above shows at once."""
    async with Emulator([], levels=LEVELS) as emulator, asking(emulator) as ask:
        await create(ask, "de", None, None, properties={"vat": 19, "tz": "Berlin"}, mapping={"1": "10", "2": "20"})
        await create(ask, "bavaria", "de", "Region", properties={"tz": "Munich"}, mapping={"2": "21"})
        await create(ask, "munich", "bavaria", "Branch", properties={"beer": True})
        munich = await ask.get("munich")
        assert munich is not None
        assert munich["properties"] == {"beer": True}
        assert munich["computed_properties"] == {"vat": 19, "tz": "Munich", "beer": True}
        assert munich["parent_schema_datasource_mapping"] == {}
        assert munich["computed_parent_schema_datasource_mapping"] == {"1": "10", "2": "21"}
        await update(ask, "de", properties={"vat": 20})
        assert emulator.customer("munich")["computed_properties"] == {"vat": 20, "tz": "Munich", "beer": True}
        await update(ask, "munich", parent_provided_id="")
        alone = await ask.get("munich")
        assert alone is not None
        assert (alone["computed_properties"], alone["computed_parent_schema_datasource_mapping"]) == (
            {"beer": True},
            {},
        )
        assert [record for record in (await ask()).json()["results"]["customers"] if record == alone] == [alone]


async def test_a_write_above_shows_in_synthetic_customers() -> None:
    """They keep what they have from the team, and get what a written customer above has; others stay as they are."""
    async with Emulator(130) as emulator, asking(emulator) as ask:
        before = [emulator.customer(f"customer-{serial:07}") for serial in range(130)]
        assert await update(ask, "customer-0000100", properties={"new": 1}) == 200
        after = [emulator.customer(f"customer-{serial:07}") for serial in range(130)]
        assert after[:100] == before[:100]
        for old, new in zip(before[100:], after[100:], strict=True):
            assert (
                new["computed_properties"].items() >= {"new": 1, "region": old["computed_properties"]["region"]}.items()
            )
            assert new["computed_parent_schema_datasource_mapping"]["7"] == "1001"
        assert [record["properties"] for record in after[101:]] == [record["properties"] for record in before[101:]]
        listed = (await ask(page_size=1000)).json()["results"]["customers"]
        assert listed == after


@pytest.mark.parametrize("setting", ["own", "inherited"])
async def test_group_tags_of_those_above(setting: Any) -> None:
    """Answers show a customer's own tags, or those of its ancestors as well, everywhere; own ones stay what they are."""
    behaviour = Behaviour(group_tags=setting)
    async with (
        Emulator([], behaviour=behaviour, levels=LEVELS, group_tags=["a", "b", "c"]) as emulator,
        asking(emulator) as ask,
    ):
        await create(ask, "de", None, None, group_tags=["a"])
        await create(ask, "bavaria", "de", "Region", group_tags=["b", "a"])
        await create(ask, "munich", "bavaria", "Branch", group_tags=["c"])
        tags = ["c"] if setting == "own" else ["c", "b", "a"]
        munich = await ask.get("munich")
        assert munich is not None
        assert munich["group_tags"] == tags
        assert (await ask()).json()["results"]["customers"][2] == munich
        assert emulator.writes[-1].after is not None
        assert emulator.writes[-1].after["group_tags"] == ["c"]
        await update(ask, "munich", name="M")
        await update(ask, "de", group_tags=[])
        assert emulator.customer("munich")["group_tags"] == tags
        assert emulator.customer("bavaria")["group_tags"] == ["b", "a"]


async def test_tags_of_records_that_were_given_may_come_down_too() -> None:
    """With inherited tags even a record that no write has touched shows them."""
    records: list[dict[str, Any]] = [
        {"provided_id": "a", "group_tags": ["x"]},
        {"provided_id": "b", "name": None},
        {"provided_id": "c"},
    ]
    behaviour = Behaviour(group_tags="inherited")
    async with Emulator(records, parents={"b": "a"}, behaviour=behaviour) as emulator:
        assert emulator.customer("b") == {"provided_id": "b", "name": None, "group_tags": ["x"]}


@pytest.mark.parametrize("setting", ["children", "descendants"])
async def test_the_filter_by_parent(setting: Any) -> None:
    """It shows the children of a customer, or all below it; nobody is below one that is not there."""
    async with Emulator(200, behaviour=Behaviour(parent_filter=setting)) as emulator, asking(emulator) as ask:
        counts = {
            parent: (await ask(parent_provided_id=parent)).json()["total_count"]
            for parent in ("customer-0000100", "customer-0000110", "customer-0000111", "nobody")
        }
        top = 18 if setting == "children" else 99
        assert list(counts.values()) == [top, 9, 0, 0]
        both = await ask(parent_provided_id="customer-0000100", hierarchy_level_name="Branch")
        assert both.json()["total_count"] == (9 if setting == "children" else 90)


async def test_records_that_are_each_others_parents_end() -> None:
    """Nonsense that was given is served all the same."""
    records = [{"provided_id": "a", "name": "A"}, {"provided_id": "b", "name": "B"}]
    parents = {"a": "b", "b": "a"}
    behaviour = Behaviour(parent_filter="descendants")
    async with Emulator(records, parents=parents, behaviour=behaviour) as emulator, asking(emulator) as ask:
        assert await update(ask, "a", properties={"x": 1}) == 200
        assert [row.get("computed_properties") for row in (await ask()).json()["results"]["customers"]] == [
            {"x": 1},
            {"x": 1},
        ]
        assert (await ask(parent_provided_id="a")).json()["total_count"] == 2


async def test_a_parent_that_was_taken_out_gives_nothing() -> None:
    """A test may delete a parent below which there are children: they stay, and have their own values alone."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        await ask.make("top", properties={"x": 1})
        await ask.make("low", parent_provided_id="top", hierarchy_level_name="User", properties={"y": 2})
        emulator.delete("top")
        assert emulator.customer("low")["computed_properties"] == {"y": 2}
        assert await update(ask, "low", hierarchy_level_name="Customer") == 200
