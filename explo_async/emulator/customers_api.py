"""The Customer API: get, get or create, update, delete, refresh a token (https://docs.explo.co/api-reference/customer-api)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from explo_async.emulator.access import DEFAULT_GROUP
from explo_async.emulator.failures import Refused, no_customer
from explo_async.emulator.inheritance import PROPERTIES, SOURCES, join_names
from explo_async.emulator.team import DEFAULT_SOURCES, read_mapping
from explo_async.emulator.writes import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.emulator.access import Token
    from explo_async.emulator.behaviour import Behaviour
    from explo_async.emulator.bodies import Body
    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.hierarchy import Hierarchy
    from explo_async.emulator.team import Team
    from explo_async.emulator.tokens import CustomerTokens
    from explo_async.emulator.writes import WriteLog

BLANK: dict[str, Any] = {
    "token": None,
    "name": None,
    "provided_id": None,
    "is_demo_group": False,
    "emails": [],
    "group_tags": [],
    PROPERTIES: {},
    f"computed_{PROPERTIES}": {},
    "access_group": None,
    SOURCES: {},
    f"computed_{SOURCES}": {},
    "hierarchy_level": None,
}
"""Every key of a customer, in the order of the documented answers."""
_NOT_REFRESHED = ("group_tags", "access_group", "hierarchy_level")


@frozen
class Call:
    """One request for an endpoint, its body read."""

    body: Body
    access: Token
    at: float
    """On the event loop's clock."""
    date: float
    """Seconds since 1970."""


class CustomersApi:
    """Each method does what one endpoint does and returns its answer; Refused when it does nothing."""

    def __init__(
        self,
        book: CustomerBook,
        team: Team,
        hierarchy: Hierarchy,
        tokens: CustomerTokens,
        behaviour: Behaviour,
        writes: WriteLog,
    ) -> None:
        self._book = book
        self._team = team
        self._hierarchy = hierarchy
        self._tokens = tokens
        self._behaviour = behaviour
        self._writes = writes

    def get(self, call: Call) -> Body:
        """Return a customer."""
        return {"success": 1, "customer": self._book.shown(self.find(call))}

    def create(self, call: Call) -> Body:
        """Return the customer of this id, made now unless it is there."""
        provided_id, access_group = call.body["provided_id"], call.access.access_group
        row, made = self._book.find(provided_id, access_group), False
        if row is not None and self._behaviour.create_existing == "applied":
            row = self._apply("create_customer", row, call)
        elif row is None:
            foreign = self._book.find(provided_id)
            if foreign is not None and self._behaviour.create_foreign == "error":
                msg = "A customer with this provided_id exists already."
                raise Refused(msg)
            made = foreign is None or self._behaviour.create_foreign == "second"
            row = self._make(call) if made else foreign
        assert row is not None  # noqa: S101 - for the type checker: found, made or of another group
        return {"success": 1, "new_customer": made, "customer": self._book.shown(row)}

    def update(self, call: Call) -> Body:
        """Change the fields of a customer that the body names."""
        row = self._apply("update_customer", self.find(call), call)
        return {"success": 1, "customer": self._book.shown(row)}

    def delete(self, call: Call) -> Body:
        """Take out the customer with this token, and who is below it or nobody."""
        row = self.find_by_token(call)
        below = list(self._hierarchy.all_below(row))
        if below and self._behaviour.delete_with_children == "refuse":
            msg = "The customer has children; delete or detach them first."
            raise Refused(msg)
        for each in (*below, row):
            told = self._tell(each)
            self._book.remove(each)
            self._writes.take_down("delete_customer", told["provided_id"], told, None, call.at)
        return {"success": 1}

    def refresh_token(self, call: Call) -> Body:
        """Give the customer with this token another one."""
        row = self.find_by_token(call)
        record, parent = self._book.own(row), self._book.family.parent_of(row)
        token = self._tokens.draw(record["provided_id"])
        self._tokens.retire(record["token"], token, call.at)
        told = self._tell(row)
        row = self._book.replace(row, record | {"token": token}, parent, written=False)
        self._writes.take_down("refresh_customer_token", record["provided_id"], told, self._tell(row), call.at)
        left_out = _NOT_REFRESHED if self._behaviour.refresh_answer == "partial" else ()
        customer = {name: value for name, value in self._book.shown(row).items() if name not in left_out}
        return {"success": 1, "customer": customer}

    def find(self, call: Call) -> int:
        """Return the row of the customer that the body names by its id; Refused when it is out of reach."""
        row = self._book.find(call.body["provided_id"], call.access.access_group)
        if row is None:
            raise no_customer()
        return row

    def find_by_token(self, call: Call) -> int:
        """Return the row of the customer that the body names by its token, likewise."""
        token = self._tokens.find_newest(call.body["current_token"], call.at)
        row = self._book.find_by_token(token, call.access.access_group)
        if row is None:
            raise no_customer()
        return row

    def _make(self, call: Call) -> int:
        body, provided_id = call.body, call.body["provided_id"]
        parent, access_group = body.get("parent_provided_id"), call.access.access_group
        if parent is not None:
            above = self._hierarchy.find_parent(parent, access_group)
            access_group = access_group or self._book.own(above).get("access_group")
        access_group = access_group or DEFAULT_GROUP
        if self._behaviour.default_mapping == "filled":
            body = {"mapping": DEFAULT_SOURCES} | body
        given = self._read(body, {})
        level = self._team.check_level(body.get("hierarchy_level_name"))
        self._hierarchy.check_place(level, parent, access_group, None)
        own = {"token": self._tokens.draw(provided_id), "provided_id": provided_id, "access_group": access_group}
        row = self._book.insert(BLANK | own | given | {"hierarchy_level": level}, parent)
        self._writes.take_down("create_customer", provided_id, None, self._tell(row), call.at)
        return row

    def _apply(self, verb: str, row: int, call: Call) -> int:
        body, told = call.body, self._tell(row)
        record, parent = BLANK | self._book.own(row), self._book.family.parent_of(row)
        access_group = call.access.access_group or record["access_group"]
        if "parent_provided_id" in body:
            parent = body["parent_provided_id"]
            if parent is not None:
                self._hierarchy.find_parent(parent, access_group)
        if record["token"] is None:
            record["token"] = self._tokens.draw(record["provided_id"])
        record |= self._read(body, record)
        if "hierarchy_level_name" in body:
            record["hierarchy_level"] = self._team.check_level(body["hierarchy_level_name"])
        if {"parent_provided_id", "hierarchy_level_name"} & set(body):
            self._hierarchy.check_place(record["hierarchy_level"], parent, access_group, row)
        provided_id, new_id = record["provided_id"], body.get("new_provided_id") or record["provided_id"]
        if new_id == provided_id:
            row = self._book.replace(row, record, parent)
        else:
            row = self._rename(row, record | {"provided_id": new_id}, parent)
        self._writes.take_down(verb, provided_id, told, self._tell(row), call.at)
        return row

    def _rename(self, row: int, record: Mapping[str, Any], parent: str | None) -> int:
        # Ids may be unique in each visibility group alone.
        within = record["access_group"] if self._behaviour.create_foreign == "second" else None
        if self._book.find(record["provided_id"], within) is not None:
            msg = "new_provided_id: A customer with this provided_id exists already."
            raise Refused(msg)
        children = self._book.family.children_of(row)
        row = self._book.replace(row, record, parent)
        for child in children:
            self._book.replace(child, self._book.own(child), record["provided_id"], written=False)
        return row

    def _read(self, body: Body, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that the body gives, by the names that answers have for them."""
        given = {name: body[name] for name in ("name", "is_demo_group", "emails", PROPERTIES) if name in body}
        if "mapping" in body:
            given[SOURCES] = read_mapping(body["mapping"], self._behaviour)
        if "group_tags" in body:
            given["group_tags"] = self._team.check_tags(body["group_tags"])
        if self._behaviour.objects == "merge":
            given |= {
                name: {**(record.get(name) or {}), **given[name]} for name in (PROPERTIES, SOURCES) if name in given
            }
        if "emails" in given and self._behaviour.emails == "append":
            given["emails"] = join_names(record.get("emails") or [], given["emails"])
        return given

    def _tell(self, row: int) -> dict[str, Any]:
        return without_secrets(self._book.own(row), self._book.family.parent_of(row))
