"""The writes that were really done, in order, without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOT_TOLD = frozenset({"token", "computed_properties", "computed_parent_schema_datasource_mapping"})
"""A credential, and what follows from other values."""


@frozen(kw_only=True)
class Write:
    """One write that was done, whatever became of its answer."""

    verb: str
    """The last part of the endpoint's path, such as "create_customer"."""
    provided_id: str | None
    """The customer's, before the write; None for a group tag."""
    before: Mapping[str, Any] | None = field(hash=False)
    """The customer's own values as lists show them, and its `parent_provided_id`; None when it was not there.

    A group tag has its `name`, a portal its `dashboard_embed_id` and `emails`, a JWT its `embed_id` and `key_id`.
    """
    after: Mapping[str, Any] | None = field(hash=False)
    """The same after the write; None when it is gone. Where a token was refreshed, nothing else has changed."""
    at: float
    """When, on the event loop's clock."""


def without_secrets(record: Mapping[str, Any], parent_provided_id: str | None) -> dict[str, Any]:
    """Return what the log tells of a customer."""
    told = {name: value for name, value in record.items() if name not in _NOT_TOLD}
    return told | {"parent_provided_id": parent_provided_id}


class WriteLog:
    """Takes writes down, and calls `on_write` for each."""

    def __init__(self) -> None:
        self.log: list[Write] = []
        self.on_write: Callable[[Write], object] | None = None

    def take_down(
        self,
        verb: str,
        provided_id: str | None,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        at: float,
    ) -> None:
        """Take down what was done just now."""
        write = Write(verb=verb, provided_id=provided_id, before=before, after=after, at=at)
        self.log.append(write)
        if self.on_write is not None:
            self.on_write(write)
