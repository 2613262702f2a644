"""The log of the writes that were done."""

from __future__ import annotations

import pytest

from explo_async.emulator import Behaviour, Emulator, Write
from explo_async.emulator.faults import Close
from explo_async.endpoint import (
    CREATE_CUSTOMER,
    DELETE_CUSTOMER,
    GET_CUSTOMER,
    LIST_AT_ONCE,
    LIST_GROUP_TAGS,
    REFRESH_CUSTOMER_TOKEN,
    UPDATE_CUSTOMER,
)
from tests.helpers.emulator_client import BrokenOffError, asking


async def test_writes_are_logged_in_order() -> None:
    """Each is there once, with its own values before and after it, and when it was done."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        made = await ask.make("top", name="Top")
        await ask.make("a", name="A", parent_provided_id="top", hierarchy_level_name="User")
        await ask.do(CREATE_CUSTOMER, {"provided_id": "a", "name": "ignored"})
        await ask.do(UPDATE_CUSTOMER, {"provided_id": "a", "name": "B", "new_provided_id": "b"})
        await ask.do(REFRESH_CUSTOMER_TOKEN, {"current_token": made["token"]})
        await ask.do(DELETE_CUSTOMER, {"current_token": made["token"]})
        low = await ask.get("b")
        assert low is not None
        await ask.do(DELETE_CUSTOMER, {"current_token": low["token"]})
        shared = {
            "is_demo_group": False,
            "emails": [],
            "group_tags": [],
            "properties": {},
            "access_group": "Production",
            "parent_schema_datasource_mapping": {},
        }
        top = shared | {
            "name": "Top",
            "provided_id": "top",
            "hierarchy_level": "Customer",
            "parent_provided_id": None,
        }
        before = shared | {
            "name": "A",
            "provided_id": "a",
            "hierarchy_level": "User",
            "parent_provided_id": "top",
        }
        after = before | {"name": "B", "provided_id": "b"}
        times = [write.at for write in emulator.writes]
        assert times == sorted(times)
        assert emulator.log[0].at <= times[0] <= emulator.log[1].at
        assert emulator.writes == (
            Write(verb="create_customer", provided_id="top", before=None, after=top, at=times[0]),
            Write(verb="create_customer", provided_id="a", before=None, after=before, at=times[1]),
            Write(verb="update_customer", provided_id="a", before=before, after=after, at=times[2]),
            Write(verb="refresh_customer_token", provided_id="top", before=top, after=top, at=times[3]),
            Write(verb="delete_customer", provided_id="b", before=after, after=None, at=times[4]),
        )


async def test_no_token_is_in_the_logs() -> None:
    """Neither the team's nor a customer's, in requests that worked and in those that did not."""
    behaviour = Behaviour(create_existing="applied", delete_with_children="cascade")
    async with Emulator(20, behaviour=behaviour) as emulator, asking(emulator) as ask:
        tokens = [emulator.token, "never-there", (await ask.make("a"))["token"]]
        for endpoint in (REFRESH_CUSTOMER_TOKEN, DELETE_CUSTOMER):
            for token in tokens[1:]:
                await ask.do(endpoint, {"current_token": token})
        for provided_id in ("customer-0000000", "customer-0000001"):
            customer = await ask.get(provided_id)
            assert customer is not None
            tokens.append(customer["token"])
            await ask.do(CREATE_CUSTOMER, {"provided_id": provided_id, "name": "x"})
        await ask.do(DELETE_CUSTOMER, {"current_token": tokens[-2]})
        logs = repr([emulator.log, emulator.writes])
        assert "fake-token" not in logs
        assert [token for token in tokens if token in logs] == []
        assert len(emulator.writes) == 2 + 2 + 20


async def test_reads_and_writes_are_told_apart() -> None:
    """The log of requests says what each was for; a list and what gets customers and tags write nothing."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        await ask()
        await ask.do(GET_CUSTOMER, {"provided_id": "a"})
        await ask.do(LIST_AT_ONCE)
        await ask.do(LIST_GROUP_TAGS)
        await ask("/api/nowhere/", method="POST")
        assert not any(seen.writes for seen in emulator.log)
        await ask.do(UPDATE_CUSTOMER, {"provided_id": "a"})
        assert emulator.log[-1].writes
        assert [(seen.method, seen.path, seen.verb, seen.page) for seen in emulator.log] == [
            ("GET", "/v2/api/customers/", "list_customers", 1),
            ("POST", "/api/get_customer/", "get_customer", None),
            ("GET", "/api/customers/", "customers", None),
            ("GET", "/api/group_tags/", "group_tags", None),
            ("POST", "/api/nowhere/", None, 1),
            ("POST", "/api/update_customer/", "update_customer", None),
        ]


async def test_a_hook_is_called_for_each_write() -> None:
    """It is called when the write was done, and what it does comes before the answer."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        assert emulator.on_write is None
        met: list[tuple[str | None, bool]] = []

        def look(write: Write) -> None:
            met.append((write.provided_id, write.provided_id in emulator.provided_ids))
            emulator.change("a", name="by the hook")

        emulator.on_write = look
        assert (await ask.make("a"))["name"] == "by the hook"
        assert met == [("a", True)]
        assert len(emulator.writes) == 1


async def test_what_a_test_changes_is_no_write() -> None:
    """Only requests are in the log."""
    async with Emulator(3) as emulator:
        emulator.add({"provided_id": "a"})
        emulator.change("a", name="A")
        emulator.delete("a")
        assert emulator.writes == ()


async def test_the_end_of_a_request_is_told() -> None:
    """`on_answer` is called with the status once it is sent, or with None once it is certain that none will be."""
    async with Emulator([], faults=[Close(attempt=2, done=True)]) as emulator, asking(emulator) as ask:
        ended: list[tuple[str | None, int | None]] = []
        emulator.on_answer = lambda seen: ended.append((seen.provided_id, seen.status))
        await ask.make("a")
        with pytest.raises(BrokenOffError):
            await ask.make("a")
        await emulator.drain()
        assert ended == [("a", 200), ("a", None)]
