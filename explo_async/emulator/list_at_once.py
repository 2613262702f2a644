"""The deprecated list, which has no pages (https://docs.explo.co/api-reference/customer-api/customers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.dialect import check_filters

if TYPE_CHECKING:
    from explo_async.emulator.behaviour import Behaviour
    from explo_async.emulator.bodies import Body
    from explo_async.emulator.customers_api import Call
    from explo_async.emulator.lagging import Lagging

_FILTERS = ("parent_provided_id", "hierarchy_level_name")


class ListAtOnce:
    """Every customer that a token sees, in one answer, of one moment."""

    def __init__(self, listed: Lagging, behaviour: Behaviour) -> None:
        self._listed = listed
        self._behaviour = behaviour

    def list(self, call: Call) -> Body:
        """Return those that pass the filters."""
        check_filters(call.body, _FILTERS, self._behaviour)
        self._listed.catch_up(call.at)
        parent, level = (call.body.get(name) for name in _FILTERS)
        below = self._behaviour.parent_filter == "descendants"
        rows = self._listed.book.select(parent, level, call.access.access_group, all_below=below)
        return {"success": 1, "customers": self._listed.book.records(rows)}
