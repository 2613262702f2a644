"""The Group Tag API, over a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.emulator import Emulator
from explo_async.endpoint import (
    CREATE_GROUP_TAG,
    DELETE_GROUP_TAG,
    LIST_GROUP_TAGS,
    RENAME_GROUP_TAG,
    UPDATE_CUSTOMER,
)
from tests.helpers.emulator_client import Asker, asking

if TYPE_CHECKING:
    from explo_async.endpoint import Endpoint

DOCUMENTED = ("marketing", "designer", "engineers", "sales")


async def do(ask: Asker, endpoint: Endpoint, **body: Any) -> tuple[int, Any]:
    reply = await ask.do(endpoint, body)
    return reply.status, reply.json()


async def test_the_documented_list() -> None:
    """The tags of the documentation come in its form, byte for byte."""
    async with Emulator([], group_tags=DOCUMENTED) as emulator, asking(emulator) as ask:
        reply = await ask.do(LIST_GROUP_TAGS)
        tags = b'[{"name":"marketing"},{"name":"designer"},{"name":"engineers"},{"name":"sales"}]'
        assert (reply.status, reply.body) == (200, b'{"success":1,"group_tags":%b}' % tags)


async def test_a_tag_is_made_once() -> None:
    """A second one of the same name is an error; customers may have it then."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        assert await do(ask, CREATE_GROUP_TAG, name="new") == (200, {"success": 1, "group_tag": {"name": "new"}})
        assert await do(ask, CREATE_GROUP_TAG, name="new") == (400, {"detail": "Group tag 'new' exists already."})
        assert (await ask.make("a", group_tags=["new"]))["group_tags"] == ["new"]
        assert emulator.group_tags == ("new",)


async def test_a_tag_is_renamed_with_its_customers() -> None:
    """Its place and its customers stay; an unknown name and one that is taken are errors."""
    records: list[dict[str, Any]] = [
        {"provided_id": "a", "group_tags": ["x", "y"]},
        {"provided_id": "b"},
        {"provided_id": "c", "group_tags": "x"},
    ]
    async with Emulator(records, group_tags=["x", "y", "z"]) as emulator, asking(emulator) as ask:
        renamed = (200, {"success": 1, "group_tag": {"name": "w"}})
        assert await do(ask, RENAME_GROUP_TAG, name="x", new_name="w") == renamed
        assert emulator.group_tags == ("w", "y", "z")
        assert (await ask()).json()["results"]["customers"] == [
            {"provided_id": "a", "group_tags": ["w", "y"]},
            {"provided_id": "b"},
            {"provided_id": "c", "group_tags": "x"},
        ]
        assert await do(ask, RENAME_GROUP_TAG, name="w", new_name="w") == renamed
        assert (await do(ask, RENAME_GROUP_TAG, name="w", new_name="y"))[0] == 400
        assert (await do(ask, RENAME_GROUP_TAG, name="x", new_name="v"))[0] == 400
        assert (await ask.do(UPDATE_CUSTOMER, {"provided_id": "b", "group_tags": ["x"]})).status == 400


async def test_a_deleted_tag_is_lost_to_its_customers() -> None:
    """They have it no more, also when one of that name is made again; what is not there cannot be deleted."""
    async with Emulator([{"provided_id": "a", "group_tags": ["x", "y"]}]) as emulator, asking(emulator) as ask:
        assert await do(ask, DELETE_GROUP_TAG, name="x") == (200, {"success": 1})
        assert await do(ask, DELETE_GROUP_TAG, name="x") == (400, {"detail": "Group tag 'x' does not exist."})
        await do(ask, CREATE_GROUP_TAG, name="x")
        assert emulator.customer("a")["group_tags"] == ["y"]
        assert emulator.group_tags == ("y", "x")


async def test_synthetic_customers_keep_and_lose_their_tags() -> None:
    """A change of a tag shows in all of them, whatever comes of the name later."""
    async with Emulator(200) as emulator, asking(emulator) as ask:

        def having(name: str) -> list[str]:
            return [each for each in emulator.provided_ids if name in emulator.customer(each)["group_tags"]]

        designers, engineers = having("designers"), having("engineers")
        assert designers
        await do(ask, RENAME_GROUP_TAG, name="designers", new_name="artists")
        assert (having("designers"), having("artists")) == ([], designers)
        await do(ask, DELETE_GROUP_TAG, name="engineers")
        await do(ask, RENAME_GROUP_TAG, name="artists", new_name="engineers")
        assert having("engineers") == designers != engineers
        await do(ask, DELETE_GROUP_TAG, name="engineers")
        await do(ask, CREATE_GROUP_TAG, name="engineers")
        assert having("engineers") == []
        page = (await ask(page_size=200)).json()["results"]["customers"]
        assert not any("engineers" in record["group_tags"] for record in page)


async def test_tags_are_logged_as_writes() -> None:
    """Each change of a tag is a write about no customer."""
    async with Emulator([], group_tags=["x"]) as emulator, asking(emulator) as ask:
        await do(ask, CREATE_GROUP_TAG, name="y")
        await do(ask, CREATE_GROUP_TAG, name="y")
        await do(ask, RENAME_GROUP_TAG, name="y", new_name="z")
        await do(ask, DELETE_GROUP_TAG, name="x")
        await ask.do(LIST_GROUP_TAGS)
        assert [(write.verb, write.provided_id, write.before, write.after) for write in emulator.writes] == [
            ("create_group_tag", None, None, {"name": "y"}),
            ("rename_group_tag", None, {"name": "y"}, {"name": "z"}),
            ("delete_group_tag", None, {"name": "x"}, None),
        ]
