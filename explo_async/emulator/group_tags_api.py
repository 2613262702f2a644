"""The Group Tag API: a name is all that a tag has (https://docs.explo.co/api-reference/group-tag-api)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.failures import Refused

if TYPE_CHECKING:
    from explo_async.emulator.bodies import Body
    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.customers_api import Call
    from explo_async.emulator.team import Team
    from explo_async.emulator.writes import WriteLog


class GroupTagsApi:
    """Each method does what one endpoint does and returns its answer; Refused when it does nothing."""

    def __init__(self, book: CustomerBook, team: Team, writes: WriteLog) -> None:
        self._book = book
        self._team = team
        self._writes = writes

    def list(self, call: Call) -> Body:  # noqa: ARG002 - it names nothing
        """Return the tags of the team, whatever visibility group the token has."""
        return {"success": 1, "group_tags": [{"name": name} for name in self._team.group_tags]}

    def create(self, call: Call) -> Body:
        """Make a tag; one that is there is refused."""
        name = self._free(call.body["name"])
        self._team.group_tags.append(name)
        self._writes.take_down("create_group_tag", None, None, {"name": name}, call.at)
        return {"success": 1, "group_tag": {"name": name}}

    def rename(self, call: Call) -> Body:
        """Call a tag otherwise; its customers keep it."""
        place, name = self._place(call.body["name"]), call.body["name"]
        new_name = call.body["new_name"] if call.body["new_name"] == name else self._free(call.body["new_name"])
        self._team.group_tags[place] = new_name
        self._book.rename_tag(name, new_name)
        self._writes.take_down("rename_group_tag", None, {"name": name}, {"name": new_name}, call.at)
        return {"success": 1, "group_tag": {"name": new_name}}

    def delete(self, call: Call) -> Body:
        """Take a tag out; its customers lose it."""
        name = call.body["name"]
        del self._team.group_tags[self._place(name)]
        self._book.rename_tag(name, None)
        self._writes.take_down("delete_group_tag", None, {"name": name}, None, call.at)
        return {"success": 1}

    def _place(self, name: str) -> int:
        if name not in self._team.group_tags:
            msg = f"Group tag {name!r} does not exist."
            raise Refused(msg)
        return self._team.group_tags.index(name)

    def _free(self, name: str) -> str:
        if name in self._team.group_tags:
            msg = f"Group tag {name!r} exists already."
            raise Refused(msg)
        return name
