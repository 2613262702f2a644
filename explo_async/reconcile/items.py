"""What a plan is made of: what is to be written of a customer, what is left alone, and how it can end. Pure."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from attrs import frozen


class Create(msgspec.Struct, frozen=True, tag="create", tag_field="kind"):
    """A customer to be made."""

    provided_id: str
    values: dict[str, Any]

    kind = "create"


class Update(msgspec.Struct, frozen=True, tag="update", tag_field="kind"):
    """Fields of a customer to be changed; what a parent was is not known, and not in `before`."""

    provided_id: str
    before: dict[str, Any]
    after: dict[str, Any]

    kind = "update"


class Delete(msgspec.Struct, frozen=True, tag="delete", tag_field="kind"):
    """A customer to be deleted, as it was."""

    provided_id: str
    before: dict[str, Any]

    kind = "delete"


Item = Create | Update | Delete


class Conflict(msgspec.Struct, frozen=True):
    """A wanted customer that the plan leaves alone, and why."""

    provided_id: str
    reason: str


Outcome = Literal["done", "already", "differs", "conflict", "failed", "unknown"]
"""What became of an item. "done": written, and answered as wanted. "already": it was so before. "differs": written, and
some of it did not take. "conflict": what was there is no longer what was planned for, and was left alone. "failed": the
server refused. "unknown": sent, and not known whether it was done."""


@frozen(kw_only=True)
class Applied:
    """What became of one item."""

    kind: str
    provided_id: str
    outcome: Outcome
    detail: str
    """Why, in words; empty where the outcome says it all."""
