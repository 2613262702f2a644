"""Which bodies are taken, and how refusals are told."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async.emulator import Behaviour, Emulator
from explo_async.endpoint import (
    CONFIGURE_CUSTOMER_PORTAL,
    CREATE_CUSTOMER,
    CREATE_GROUP_TAG,
    DELETE_CUSTOMER,
    DELETE_GROUP_TAG,
    GENERATE_JWT,
    GET_CUSTOMER,
    REFRESH_CUSTOMER_TOKEN,
    RENAME_GROUP_TAG,
    UPDATE_CUSTOMER,
    Endpoint,
)
from tests.helpers.emulator_client import Asker, asking

REQUIRED = [
    (GET_CUSTOMER, ["provided_id"]),
    (CREATE_CUSTOMER, ["provided_id"]),
    (UPDATE_CUSTOMER, ["provided_id"]),
    (DELETE_CUSTOMER, ["current_token"]),
    (REFRESH_CUSTOMER_TOKEN, ["current_token"]),
    (CONFIGURE_CUSTOMER_PORTAL, ["dashboard_embed_id", "provided_id", "emails"]),
    (GENERATE_JWT, ["provided_id", "embed_id"]),
    (CREATE_GROUP_TAG, ["name"]),
    (RENAME_GROUP_TAG, ["name", "new_name"]),
    (DELETE_GROUP_TAG, ["name"]),
]


async def told(ask: Asker, endpoint: Endpoint, body: Any, **options: Any) -> tuple[int, str]:
    reply = await ask.do(endpoint, body, **options)
    return reply.status, reply.json()["detail"]


@pytest.mark.parametrize(("endpoint", "keys"), REQUIRED, ids=lambda value: getattr(value, "verb", ""))
async def test_what_is_required_has_to_be_there(endpoint: Endpoint, keys: list[str]) -> None:
    """Without one of these keys, or with null or "" in it, the first that is missing is named."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        for number, key in enumerate(keys):
            for nothing in ({}, {key: None}, {key: ""}):
                body = dict.fromkeys(keys[:number], "x") | nothing
                assert await told(ask, endpoint, body) == (400, f"{key}: This field is required.")
        assert emulator.writes == ()


@pytest.mark.parametrize(
    ("key", "kind", "values"),
    [
        ("name", "a string", [7, ["x"], True]),
        ("is_demo_group", "true or false", ["true", 1, 0]),
        ("emails", "a list of strings", ["x", [1], {"a": "b"}, [None]]),
        ("group_tags", "a list of strings", ["x", [["x"]]]),
        ("mapping", "an object", ["x", [], 1]),
        ("properties", "an object", ["x", [], 1]),
        ("hierarchy_level_name", "a string", [1]),
        ("parent_provided_id", "a string", [1]),
    ],
)
@pytest.mark.parametrize("endpoint", [CREATE_CUSTOMER, UPDATE_CUSTOMER], ids=lambda endpoint: endpoint.verb)
async def test_a_value_of_another_kind_is_refused(endpoint: Endpoint, key: str, kind: str, values: list[Any]) -> None:
    """Each key holds what the documentation says, and nothing else."""
    async with Emulator([{"provided_id": "a"}]) as emulator, asking(emulator) as ask:
        for value in values:
            body = {"provided_id": "a", key: value}
            assert await told(ask, endpoint, body) == (400, f"{key}: This field has to be {kind}.")
        assert emulator.writes == ()


async def test_an_id_that_is_no_string_is_refused() -> None:
    """Neither an id nor a token may be a number."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        for endpoint, key in [(GET_CUSTOMER, "provided_id"), (DELETE_CUSTOMER, "current_token")]:
            assert await told(ask, endpoint, {key: 7}) == (400, f"{key}: This field has to be a string.")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(content: bytes) -> None:
    """What is no JSON, or no object, is an error in the framework's form."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        reply = await ask.do(CREATE_CUSTOMER, data=content, content_type="application/json")
        assert reply.status == 400
        assert reply.json()["detail"].startswith("JSON parse error - ")


async def test_a_body_of_another_type_is_refused() -> None:
    """A form is no JSON."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        reply = await ask.do(CREATE_CUSTOMER, data={"provided_id": "a"})
        assert reply.status == 415
        assert reply.json() == {"detail": 'Unsupported media type "application/x-www-form-urlencoded" in request.'}
        assert emulator.log[0].provided_id is None


@pytest.mark.parametrize("setting", ["ignored", "rejected"])
async def test_keys_that_nobody_knows(setting: Any) -> None:
    """Keys beside the documented ones are passed over, or refused."""
    async with Emulator([], behaviour=Behaviour(unknown_keys=setting)) as emulator, asking(emulator) as ask:
        reply = await ask.do(CREATE_CUSTOMER, {"provided_id": "a", "providedId": "b"})
        if setting == "ignored":
            assert reply.json()["customer"]["provided_id"] == "a"
            assert "providedId" not in reply.json()["customer"]
        else:
            assert (reply.status, reply.json()) == (400, {"detail": "providedId: This field is not known."})


@pytest.mark.parametrize("setting", ["rejected", "ignored", "clears"])
async def test_null_in_an_update(setting: Any) -> None:
    """Null is refused, changes nothing, or empties the field."""
    fields: dict[str, Any] = {
        "name": "A",
        "is_demo_group": True,
        "emails": ["x"],
        "group_tags": ["t"],
        "properties": {"a": 1},
        "mapping": {"1": "2"},
        "hierarchy_level_name": "User",
    }
    empty: dict[str, Any] = {
        "name": None,
        "is_demo_group": False,
        "emails": [],
        "group_tags": [],
        "properties": {},
        "parent_schema_datasource_mapping": {},
        "hierarchy_level": "Customer",
    }
    behaviour = Behaviour(null=setting)
    async with Emulator([], behaviour=behaviour, group_tags=["t"]) as emulator, asking(emulator) as ask:
        made = await ask.make("a", **fields)
        for key, name in zip(fields, empty, strict=True):
            reply = await ask.do(UPDATE_CUSTOMER, {"provided_id": "a", key: None})
            if setting == "rejected":
                assert (reply.status, reply.json()) == (400, {"detail": f"{key}: This field may not be null."})
            else:
                assert reply.json()["customer"][name] == (empty if setting == "clears" else made)[name]
        await ask.do(UPDATE_CUSTOMER, {"provided_id": "a", "new_provided_id": None})
        assert emulator.provided_ids == ("a",)


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("setting", ["detaches", "rejected", "ignored"])
async def test_no_parent_in_an_update(setting: Any, nothing: str | None) -> None:
    """Null or "" as the parent takes the customer from its parent, is refused, or changes nothing."""
    behaviour = Behaviour(no_parent=setting)
    async with Emulator([], behaviour=behaviour) as emulator, asking(emulator) as ask:
        await ask.make("top")
        await ask.make("low", parent_provided_id="top", hierarchy_level_name="User")
        reply = await ask.do(UPDATE_CUSTOMER, {"provided_id": "low", "parent_provided_id": nothing})
        assert reply.status == (400 if setting == "rejected" else 200)
        assert emulator.parent_of("low") == (None if setting == "detaches" else "top")


@pytest.mark.parametrize("unknown", ["404", "400", "200"])
@pytest.mark.parametrize("failures", ["detail", "success_0", "status_200"])
async def test_how_failures_are_told(failures: Any, unknown: Any) -> None:
    """A refusal and an unknown customer have their status, and `detail` or `success: 0`; nothing is done."""
    behaviour = Behaviour(failures=failures, unknown_customer=unknown)
    async with Emulator([], behaviour=behaviour) as emulator, asking(emulator) as ask:
        invalid = await ask.do(CREATE_CUSTOMER, {})
        absent = await ask.do(GET_CUSTOMER, {"provided_id": "nobody"})
        gone = await ask.do(DELETE_CUSTOMER, {"current_token": "nobody's"})
        text = "provided_id: This field is required."
        assert invalid.status == (200 if failures == "status_200" else 400)
        assert invalid.json() == ({"detail": text} if failures == "detail" else {"success": 0, "error": text})
        for reply in (absent, gone):
            assert reply.status == int(unknown)
            in_detail = failures == "detail" and unknown != "200"
            text = "Customer not found."
            assert reply.json() == ({"detail": text} if in_detail else {"success": 0, "error": text})
        assert emulator.writes == ()
