"""Get, get or create, update, delete and refresh, over a socket: as documented, and each switch in each setting."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from explo_async.emulator import Behaviour, Emulator, Token
from explo_async.endpoint import (
    CREATE_CUSTOMER,
    DELETE_CUSTOMER,
    GET_CUSTOMER,
    REFRESH_CUSTOMER_TOKEN,
    UPDATE_CUSTOMER,
)
from tests.helpers.documents import ROOT
from tests.helpers.emulator_client import Asker, asking

TEAM: dict[str, Any] = {
    "levels": ("Customer", "Level 1", "Level 2"),
    "group_tags": ("marketing", "designers", "engineers", "sales"),
}
EXAMPLE: dict[str, Any] = {
    "provided_id": "example_1",
    "name": "Example 1",
    "mapping": {"40": "213", "134": "386"},
    "emails": ["one@example.com"],
    "group_tags": ["sales"],
    "properties": {"filterValue": "value"},
    "hierarchy_level_name": "Level 2",
}
"""The documented request of get or create, https://docs.explo.co/api-reference/customer-api/get-or-create."""


def shown(customer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what no test can foresee."""
    return {name: value for name, value in customer.items() if name != "token"}


EXPECTED: dict[str, Any] = {
    "name": "Example 1",
    "provided_id": "example_1",
    "is_demo_group": False,
    "emails": ["one@example.com"],
    "group_tags": ["sales"],
    "properties": {"filterValue": "value"},
    "computed_properties": {"filterValue": "value"},
    "access_group": "Production",
    "parent_schema_datasource_mapping": {"40": "213", "134": "386"},
    "computed_parent_schema_datasource_mapping": {"40": "213", "134": "386"},
    "hierarchy_level": "Level 2",
}


async def delete(ask: Asker, customer: dict[str, Any], **options: Any) -> tuple[int, Any]:
    reply = await ask.do(DELETE_CUSTOMER, {"current_token": customer["token"]}, **options)
    return reply.status, reply.json()


async def update(ask: Asker, provided_id: str, **fields: Any) -> tuple[int, Any]:
    reply = await ask.do(UPDATE_CUSTOMER, {"provided_id": provided_id, **fields})
    return reply.status, reply.json().get("customer")


async def test_the_documented_example_is_created_and_got() -> None:
    """The documented request gets the documented answer, and get gives the same customer."""
    async with Emulator([], **TEAM) as emulator, asking(emulator) as ask:
        reply = await ask.do(CREATE_CUSTOMER, EXAMPLE)
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert list(reply.json()) == ["success", "new_customer", "customer"]
        assert reply.body.startswith(b'{"success":1,"new_customer":true,"customer":{"token":"')
        assert list(reply.json()["customer"])[1:] == list(EXPECTED)
        assert shown(reply.json()["customer"]) == EXPECTED
        got = await ask.do(GET_CUSTOMER, {"provided_id": "example_1"})
        assert (got.status, got.json()) == (200, {"success": 1, "customer": reply.json()["customer"]})
        assert (await ask()).json()["results"]["customers"] == [reply.json()["customer"]]


async def test_what_is_created_lists_like_the_documented_page() -> None:
    """Two customers that were created are the documented page, byte for byte, save for their tokens and the total."""
    golden = msgspec.json.decode((ROOT / "tests" / "golden" / "customers_page.json").read_bytes())
    tokens = [Token("dev-token", "Development"), Token("prod-token", "Production"), Token("all-token")]
    async with (
        Emulator([], tokens=tokens, levels=("Level 1", "Level 2"), group_tags=("designers", "engineers")) as emulator,
        asking(emulator) as ask,
    ):
        body = msgspec.json.encode(golden)
        for record, token in zip(golden["results"]["customers"], tokens, strict=False):
            names = ("provided_id", "name", "emails", "group_tags", "properties")
            fields = {name: record[name] for name in names}
            fields["mapping"] = record["parent_schema_datasource_mapping"]
            made = await ask.make(**fields, hierarchy_level_name=record["hierarchy_level"], token=token.token)
            body = body.replace(b"<customer_token_to_auth_dashboard>", made["token"].encode(), 1)
        page = await ask(token="all-token")
        assert page.body == body.replace(b'"total_count":10', b'"total_count":2')


async def test_a_customer_may_be_created_with_its_id_alone() -> None:
    """Everything else is empty then, and the level is the highest one."""
    async with Emulator([], **TEAM) as emulator, asking(emulator) as ask:
        made = await ask.make("bare")
        assert shown(made) == EXPECTED | {
            "provided_id": "bare",
            "name": None,
            "emails": [],
            "group_tags": [],
            "properties": {},
            "computed_properties": {},
            "parent_schema_datasource_mapping": {},
            "computed_parent_schema_datasource_mapping": {},
            "hierarchy_level": "Customer",
        }
        assert len(made["token"]) > 20


@pytest.mark.parametrize("setting", ["untouched", "applied"])
async def test_get_or_create_of_an_existing_customer(setting: Any) -> None:
    """It comes back with the flag false: as it is, or with the fields of the request."""
    async with (
        Emulator([], behaviour=Behaviour(create_existing=setting), **TEAM) as emulator,
        asking(emulator) as ask,
    ):
        made = await ask.make(**EXAMPLE)
        reply = await ask.do(CREATE_CUSTOMER, {"provided_id": "example_1", "name": "Other"})
        assert not reply.json()["new_customer"]
        other = made if setting == "untouched" else made | {"name": "Other"}
        assert reply.json()["customer"] == await ask.get("example_1") == other
        assert len(emulator.writes) == (1 if setting == "untouched" else 2)
        assert emulator.total_count == 1


async def test_the_documented_example_is_updated() -> None:
    """The documented update changes what it names, and leaves the rest as it was."""
    async with Emulator([], **TEAM) as emulator, asking(emulator) as ask:
        made = await ask.make(**EXAMPLE)
        body = {
            "provided_id": "example_1",
            "properties": {"filterValue": "new_value"},
            "emails": ["new@example.com"],
            "group_tags": ["engineers", "sales"],
            "hierarchy_level_name": "Level 1",
        }
        reply = await ask.do(UPDATE_CUSTOMER, body)
        assert reply.status == 200
        assert list(reply.json()) == ["success", "customer"]
        assert reply.json()["customer"] == made | {
            "properties": {"filterValue": "new_value"},
            "computed_properties": {"filterValue": "new_value"},
            "emails": ["new@example.com"],
            "group_tags": ["engineers", "sales"],
            "hierarchy_level": "Level 1",
        }
        assert await ask.get("example_1") == reply.json()["customer"]
        assert (await update(ask, "example_1", is_demo_group=True, name="N"))[1]["is_demo_group"] is True
        assert (await update(ask, "example_1", group_tags=[]))[1]["group_tags"] == []


@pytest.mark.parametrize(
    ("setting", "properties", "mapping"),
    [("replace", {"b": 2}, {"134": "7"}), ("merge", {"a": 1, "b": 2}, {"40": "213", "134": "7"})],
)
async def test_objects_are_replaced_or_merged(setting: Any, properties: Any, mapping: Any) -> None:
    """An update replaces `properties` and `mapping`, or puts its keys among those that are there."""
    behaviour = Behaviour(objects=setting)
    async with Emulator([], behaviour=behaviour, **TEAM) as emulator, asking(emulator) as ask:
        await ask.make("a", properties={"a": 1}, mapping={"40": "213", "134": "386"})
        _, customer = await update(ask, "a", properties={"b": 2}, mapping={"134": "7"})
        assert customer["properties"] == customer["computed_properties"] == properties
        assert customer["parent_schema_datasource_mapping"] == mapping


@pytest.mark.parametrize(("setting", "emails"), [("replace", ["b", "c"]), ("append", ["a", "b", "c"])])
async def test_emails_are_replaced_or_appended(setting: Any, emails: list[str]) -> None:
    """An update replaces `emails`, or adds those that are new."""
    async with Emulator([], behaviour=Behaviour(emails=setting)) as emulator, asking(emulator) as ask:
        await ask.make("a", emails=["a", "b"])
        assert (await update(ask, "a", emails=["b", "c"]))[1]["emails"] == emails


@pytest.mark.parametrize(("setting", "mapping"), [("empty", {}), ("filled", {"40": "213", "134": "386"})])
async def test_a_mapping_that_is_not_given(setting: Any, mapping: Any) -> None:
    """A customer without a mapping shows none, or the default data sources; one that is given counts."""
    behaviour = Behaviour(default_mapping=setting)
    async with Emulator([], behaviour=behaviour) as emulator, asking(emulator) as ask:
        assert (await ask.make("a"))["parent_schema_datasource_mapping"] == mapping
        assert (await ask.make("b", mapping={"1": "2"}))["parent_schema_datasource_mapping"] == {"1": "2"}


@pytest.mark.parametrize("setting", ["error", "second", "returned"])
async def test_an_id_of_another_visibility_group(setting: Any) -> None:
    """Get or create refuses it, makes a second customer of this id, or gives the one of the other group."""
    tokens = [Token("here", "Here"), Token("there", "There"), Token("all")]
    behaviour = Behaviour(create_foreign=setting)
    async with Emulator([], tokens=tokens, behaviour=behaviour) as emulator, asking(emulator) as ask:
        theirs = await ask.make("a", token="there")
        reply = await ask.do(CREATE_CUSTOMER, {"provided_id": "a"}, token="here")
        listed = (await ask(token="all")).json()["results"]["customers"]
        if setting == "error":
            assert (reply.status, listed) == (400, [theirs])
            return
        assert reply.json()["new_customer"] is (setting == "second")
        assert (reply.json()["customer"] == theirs) is (setting == "returned")
        assert len(listed) == (2 if setting == "second" else 1)
        if setting == "second":
            ours = await ask.get("a", token="here")
            assert ours is not None
            assert (ours["access_group"], theirs["access_group"]) == ("Here", "There")
            assert await delete(ask, theirs, token="there") == (200, {"success": 1})
            assert await ask.get("a", token="here") == ours
            assert await ask.get("a", token="there") is None


async def test_a_token_reaches_its_visibility_group_alone() -> None:
    """A customer of another group is as absent for get, update, refresh, delete, as a parent, and in lists."""
    tokens = [Token("here", "Here"), Token("there", "There")]
    async with Emulator([], tokens=tokens, **TEAM) as emulator, asking(emulator) as ask:
        theirs = await ask.make("theirs", token="there")
        assert theirs["access_group"] == "There"
        assert await ask.get("theirs") is None
        assert await update(ask, "theirs", name="x") == (404, None)
        assert (await delete(ask, theirs))[0] == 404
        assert (await ask.do(REFRESH_CUSTOMER_TOKEN, {"current_token": theirs["token"]})).status == 404
        below = {"provided_id": "b", "parent_provided_id": "theirs", "hierarchy_level_name": "Level 1"}
        assert (await ask.do(CREATE_CUSTOMER, below)).status == 400
        assert (await ask()).json() == {"total_count": 0, "results": {"customers": []}}
        assert (await ask(token="there")).provided_ids == ["theirs"]
        assert len(emulator.writes) == 1


async def test_a_token_without_a_group_creates_beside_the_parent() -> None:
    """A customer that it creates is in the group of the parent, or in "Production"."""
    async with Emulator([], tokens=[Token("all"), Token("here", "Here")], **TEAM) as emulator, asking(emulator) as ask:
        await ask.make("top", token="here")
        below = await ask.make("below", parent_provided_id="top", hierarchy_level_name="Level 1")
        assert below["access_group"] == "Here"
        assert (await ask.make("other"))["access_group"] == "Production"


async def test_a_read_only_token_reads() -> None:
    """It gets customers; what writes is forbidden and done to nobody, also where the body is nonsense."""
    tokens = [Token("rw"), Token("ro", read_only=True)]
    async with Emulator([], tokens=tokens) as emulator, asking(emulator) as ask:
        made = await ask.make("a")
        assert await ask.get("a", token="ro") == made
        assert (await ask(token="ro")).provided_ids == ["a"]
        for endpoint, body in [
            (CREATE_CUSTOMER, {"provided_id": "b"}),
            (UPDATE_CUSTOMER, {"provided_id": "a", "name": "x"}),
            (DELETE_CUSTOMER, {"current_token": made["token"]}),
            (REFRESH_CUSTOMER_TOKEN, {"current_token": made["token"]}),
            (CREATE_CUSTOMER, {}),
        ]:
            reply = await ask.do(endpoint, body, token="ro")
            assert reply.status == 403
            assert reply.json() == {"detail": "You do not have permission to perform this action."}
        assert [write.verb for write in emulator.writes] == ["create_customer"]


async def test_a_customer_is_deleted_by_its_token() -> None:
    """It is gone from get and from the list; its token is worth nothing then."""
    async with Emulator(25) as emulator, asking(emulator) as ask:
        made = await ask.make("mine")
        synthetic = await ask.get("customer-0000021")
        assert synthetic is not None
        for customer in (made, synthetic):
            assert await delete(ask, customer) == (200, {"success": 1})
            assert await ask.get(customer["provided_id"]) is None
            assert await delete(ask, customer) == (404, {"detail": "Customer not found."})
        assert (await ask(page_size=100)).json()["total_count"] == 24
        assert {"mine", "customer-0000021"}.isdisjoint(emulator.provided_ids)


async def test_a_customer_that_is_created_again_gets_another_token() -> None:
    """A deletion cannot be undone: the token that was kept opens nothing."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        first = await ask.make("a")
        await delete(ask, first)
        again = await ask.make("a")
        assert again["token"] != first["token"]
        assert (await delete(ask, first))[0] == 404


@pytest.mark.parametrize("setting", ["refuse", "cascade"])
async def test_a_parent_is_not_deleted_or_with_all_below_it(setting: Any) -> None:
    """With children a deletion is refused, or takes all descendants along, the lowest first."""
    behaviour = Behaviour(delete_with_children=setting)
    async with Emulator([], behaviour=behaviour, **TEAM) as emulator, asking(emulator) as ask:
        top = await ask.make("top")
        await ask.make("middle", parent_provided_id="top", hierarchy_level_name="Level 1")
        await ask.make("low", parent_provided_id="middle", hierarchy_level_name="Level 2")
        await ask.make("beside")
        status, _ = await delete(ask, top)
        if setting == "refuse":
            assert (status, len(emulator.provided_ids)) == (400, 4)
        else:
            assert (status, emulator.provided_ids) == (200, ("beside",))
            assert [write.provided_id for write in emulator.writes[4:]] == ["low", "middle", "top"]


async def test_synthetic_families_are_known() -> None:
    """A synthetic region has its branches for children until they are deleted."""
    async with Emulator(20) as emulator, asking(emulator) as ask:
        region = await ask.get("customer-0000010")
        assert region is not None
        assert (await delete(ask, region))[0] == 400
        for serial in range(11, 20):
            branch = await ask.get(f"customer-{serial:07}")
            assert branch is not None
            assert await delete(ask, branch) == (200, {"success": 1})
        assert await delete(ask, region) == (200, {"success": 1})


@pytest.mark.parametrize("setting", ["full", "partial"])
async def test_a_token_is_refreshed(setting: Any) -> None:
    """The customer has another token and is as before; the answer shows all of it, or what the documentation shows."""
    behaviour = Behaviour(refresh_answer=setting)
    async with Emulator(5, behaviour=behaviour) as emulator, asking(emulator) as ask:
        for before in (await ask.make("mine"), await ask.get("customer-0000003")):
            assert before is not None
            reply = await ask.do(REFRESH_CUSTOMER_TOKEN, {"current_token": before["token"]})
            after = await ask.get(before["provided_id"])
            assert after is not None
            assert after["token"] != before["token"]
            assert shown(after) == shown(before)
            left_out = {"group_tags", "access_group", "hierarchy_level"} if setting == "partial" else set()
            assert reply.json() == {
                "success": 1,
                "customer": {name: value for name, value in after.items() if name not in left_out},
            }
            assert (await ask.do(REFRESH_CUSTOMER_TOKEN, {"current_token": before["token"]})).status == 404


async def test_an_old_token_may_work_for_a_while() -> None:
    """With a grace the token before, and the one before that, still stand for the customer."""
    behaviour = Behaviour(old_token="grace")
    async with Emulator([], behaviour=behaviour) as emulator, asking(emulator) as ask:
        made = await ask.make("a")
        for _ in range(2):
            assert (await ask.do(REFRESH_CUSTOMER_TOKEN, {"current_token": made["token"]})).status == 200
        assert await delete(ask, made) == (200, {"success": 1})
        assert [seen.provided_id for seen in emulator.log] == ["a"] * 4
        assert emulator.provided_ids == ()


async def test_a_customer_is_renamed() -> None:
    """`new_provided_id` takes the old one's place, the token stays, and children follow."""
    async with Emulator(30) as emulator, asking(emulator) as ask:
        top = await ask.get("customer-0000020")
        assert top is not None
        await update(ask, "customer-0000025", name="a record now")
        _, renamed = await update(ask, "customer-0000020", new_provided_id="new", name="New")
        assert (renamed["provided_id"], renamed["name"], renamed["token"]) == ("new", "New", top["token"])
        assert await ask.get("customer-0000020") is None
        assert {emulator.parent_of(f"customer-{serial:07}") for serial in range(21, 30)} == {"new"}
        assert (await ask(parent_provided_id="new")).json()["total_count"] == 9
        assert (await ask(parent_provided_id="customer-0000020")).json()["total_count"] == 0
        assert (await update(ask, "new", new_provided_id="customer-0000000"))[0] == 400
        assert (await update(ask, "new", new_provided_id="new"))[0] == 200


async def test_an_id_that_is_unique_in_its_group_may_be_taken_in_another() -> None:
    """Where two groups may have one id, only one's own group counts for a new one."""
    tokens = [Token("here", "Here"), Token("there", "There")]
    behaviour = Behaviour(create_foreign="second")
    async with Emulator([], tokens=tokens, behaviour=behaviour) as emulator, asking(emulator) as ask:
        await ask.make("theirs", token="there")
        await ask.make("a")
        assert (await update(ask, "a", new_provided_id="theirs"))[0] == 200
        await ask.make("a")
        assert (await update(ask, "a", new_provided_id="theirs"))[0] == 400


async def test_a_record_that_was_given_is_completed_by_an_update() -> None:
    """A write makes a customer of it as the documentation shows one, with a token; what else it had stays."""
    record = {"provided_id": "a", "name": "A", "odd": 1}
    async with Emulator([record]) as emulator, asking(emulator) as ask:
        assert await ask.get("a") == record
        _, customer = await update(ask, "a", emails=["x"])
        assert shown(customer) == {
            "name": "A",
            "provided_id": "a",
            "is_demo_group": False,
            "emails": ["x"],
            "group_tags": [],
            "properties": {},
            "computed_properties": {},
            "access_group": None,
            "parent_schema_datasource_mapping": {},
            "computed_parent_schema_datasource_mapping": {},
            "hierarchy_level": None,
            "odd": 1,
        }
        assert await delete(ask, customer) == (200, {"success": 1})


async def test_what_is_refused_changes_nothing() -> None:
    """A tag, a level or a parent that is not there, and all of the request is left undone."""
    async with Emulator([], **TEAM) as emulator, asking(emulator) as ask:
        made = await ask.make(**EXAMPLE)
        for fields in (
            {"group_tags": ["nobody's"]},
            {"hierarchy_level_name": "Nowhere"},
            {"parent_provided_id": "nobody"},
            {"mapping": {"40": None}},
        ):
            assert await update(ask, "example_1", name="Other", **fields) == (400, None)
            assert (await ask.do(CREATE_CUSTOMER, {"provided_id": "new", **fields})).status == 400
        assert await ask.get("example_1") == made
        assert emulator.provided_ids == ("example_1",)
        assert len(emulator.writes) == 1


async def test_an_unknown_customer_cannot_be_updated() -> None:
    """Update makes no customer."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        assert await update(ask, "nobody", name="x") == (404, None)
        assert emulator.writes == ()
