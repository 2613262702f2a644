"""The deprecated list."""

from __future__ import annotations

from explo_async.emulator import Emulator, Token
from explo_async.endpoint import LIST_AT_ONCE
from tests.helpers.emulator_client import asking


async def test_all_customers_come_in_one_answer() -> None:
    """There are no pages, and the customers are those of the list that has some."""
    async with Emulator(1234) as emulator, asking(emulator) as ask:
        reply = await ask.do(LIST_AT_ONCE)
        assert list(reply.json()) == ["success", "customers"]
        assert reply.json()["success"] == 1
        assert [customer["provided_id"] for customer in reply.json()["customers"]] == list(emulator.provided_ids)
        page = await ask(page_size=1000)
        assert reply.json()["customers"][:1000] == page.json()["results"]["customers"]


async def test_filters_and_visibility_narrow_it() -> None:
    """A parent, a level and the token's group leave the rest out."""
    async with Emulator(300, tokens=[Token("all"), Token("staging", "Staging")]) as emulator, asking(emulator) as ask:
        query = {"parent_provided_id": "customer-0000100", "hierarchy_level_name": "Region"}
        reply = await ask.do(LIST_AT_ONCE, params=query)
        assert [customer["provided_id"] for customer in reply.json()["customers"]] == [
            f"customer-{serial:07}" for serial in range(110, 200, 10)
        ]
        staging = (await ask.do(LIST_AT_ONCE, token="staging")).json()["customers"]
        assert {customer["access_group"] for customer in staging} == {"Staging"}
        everybody = (await ask.do(LIST_AT_ONCE)).json()["customers"]
        assert staging == [customer for customer in everybody if customer["access_group"] == "Staging"]
        assert (await ask(token="staging", page_size=1000)).json() == {
            "total_count": len(staging),
            "results": {"customers": staging},
        }
