"""The data sources that a mapping may name."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async.emulator import Behaviour, Emulator
from explo_async.endpoint import UPDATE_CUSTOMER
from tests.helpers.emulator_client import asking


@pytest.mark.parametrize("setting", ["number", "as_sent", "rejected"])
async def test_a_source_by_the_teams_own_id(setting: Any) -> None:
    """It shows as its number, each time the same, as it was sent, or is refused; numbers show as strings."""
    behaviour = Behaviour(own_source_ids=setting)
    async with Emulator([], behaviour=behaviour) as emulator, asking(emulator) as ask:
        made = await ask.make("a", mapping={"40": "213", "134": 386})
        assert made["parent_schema_datasource_mapping"] == {"40": "213", "134": "386"}
        reply = await ask.do(UPDATE_CUSTOMER, {"provided_id": "a", "mapping": {"40": "warehouse", "134": "386"}})
        if setting == "rejected":
            assert (reply.status, reply.json()) == (400, {"detail": "Data source 'warehouse' does not exist."})
            return
        mapping = reply.json()["customer"]["parent_schema_datasource_mapping"]
        assert mapping == {"40": "warehouse" if setting == "as_sent" else "3756", "134": "386"}
        again = await ask.make("b", mapping={"7": "warehouse"})
        assert again["parent_schema_datasource_mapping"]["7"] == mapping["40"]


@pytest.mark.parametrize("source", [None, True, 1.5, [], {}, ""])
async def test_a_source_has_to_be_named(source: Any) -> None:
    """What is neither a number nor a text is refused."""
    async with Emulator([{"provided_id": "a"}]) as emulator, asking(emulator) as ask:
        reply = await ask.do(UPDATE_CUSTOMER, {"provided_id": "a", "mapping": {"40": source}})
        text = "mapping: A data source has to be named by its number or its id."
        assert (reply.status, reply.json()) == (400, {"detail": text})
        assert emulator.writes == ()
