"""Who has which parent, by a filter that is tried before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from explo_async import CustomerList, PlanRefused
from explo_async.emulator import Dialect, Emulator
from explo_async.emulator.faults import Status
from explo_async.reconcile import make_plan
from explo_async.reconcile.parents import list_children
from tests.helpers.clients import QUICK, client_of
from tests.reconcile.plans import REPORT

if TYPE_CHECKING:
    from typing import Any

    from explo_async.emulator.request_log import Seen


@frozen
class OfNobody(Status):
    """An answer to those alone who ask for the children of nobody."""

    def concerns(self, seen: Seen) -> bool:
        """Tell whether the parent is made up."""
        parent = seen.query.get("parent_provided_id")
        return parent is not None and not parent.startswith("customer-")


async def test_children_are_listed() -> None:
    """By a filter that gives nobody to a parent that does not exist; without parents nothing is asked."""
    async with Emulator(30) as emulator, client_of(emulator) as explo:
        assert await list_children(explo, [], "checked") == {}
        assert emulator.requests == 0
        found = await list_children(explo, ["customer-0000000"], "checked")
        assert "customer-0000010" in found["customer-0000000"]


async def test_a_server_that_refuses_a_parent_that_does_not_exist_knows_the_filter() -> None:
    """So it is trusted."""
    async with Emulator(30, faults=[OfNobody(400)]) as emulator, client_of(emulator, retry=QUICK) as explo:
        found = await list_children(explo, ["customer-0000000"], "checked")
        assert "customer-0000010" in found["customer-0000000"]


async def test_a_filter_that_is_ignored_is_refused() -> None:
    """It gives everybody to each parent."""
    async with Emulator(30, dialect=Dialect(filter_names="none")) as emulator, client_of(emulator) as explo:
        with pytest.raises(PlanRefused, match="it gives 30 children to a parent that is made up"):
            await list_children(explo, ["customer-0000000"], "checked")


async def test_who_was_removed_is_told_by_an_exact_list_alone() -> None:
    """Should a list ever come as less than was asked for, there is no plan."""

    class Lists:
        """Lists everybody, and proves less."""

        async def list(self, **_: Any) -> CustomerList:
            report = type(REPORT)(
                verdict="complete", total_count=0, totals_seen=(0,), customers=0, duplicates=0, pages_asked_again=()
            )
            return CustomerList([], report)

    class Client:
        customers = Lists()

    explo: Any = Client()
    with pytest.raises(PlanRefused, match='a list that is "complete" does not tell who was removed'):
        await make_plan(explo, [{"provided_id": "a"}], delete=True, expected_rows=1)
