"""Makes a plan: reads what there is, proved, and compares. Sends nothing that changes anything."""

from __future__ import annotations

from secrets import token_hex
from time import time
from typing import TYPE_CHECKING, Any

from explo_async.checks import check_count
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.errors import ConfigurationError, PlanRefused
from explo_async.plan import page_count
from explo_async.reconcile.desired import Desired, make_desired
from explo_async.reconcile.fields import PARENT, check_fields
from explo_async.reconcile.found import Found
from explo_async.reconcile.parents import list_children, parents_in
from explo_async.reconcile.plan import Plan
from explo_async.reconcile.planning import make_steps
from explo_async.reconcile.policy import Policy
from explo_async.removals import may_remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explo_async.client import ExploClient
    from explo_async.progress import Progress
    from explo_async.reconcile.planning import Steps
    from explo_async.reconcile.scope import Scope


async def make_plan(
    explo: ExploClient,
    desired: Desired | Iterable[Mapping[str, Any]],
    *,
    fields: Iterable[str] | None = None,
    scope: Scope | None = None,
    delete: bool = False,
    policy: Policy | None = None,
    expected_rows: int | None = None,
    profile: str | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Plan:
    """Compare a desired list with the customers that there are, and return what would have to be written.

    Only `fields` are ours, by default those that `desired` states; of a customer only those that it states. Nothing
    outside `scope` is written. Customers of the scope that are not desired are deleted with `delete=True` alone, which
    needs a scope, or `expected_rows`: how many customers `desired` has to have, so that half a file is not taken for
    the whole. The list is read as "exact" then, else as "checked".

    Raises `ConfigurationError` for a desired list that cannot be meant, `PlanRefused` where what there is cannot be
    told well enough, and what the list raises. Sends nothing but reads.
    """
    wanted = desired if isinstance(desired, Desired) else make_desired(desired)
    if expected_rows is not None:
        check_count("expected_rows", expected_rows)
        if len(wanted.customers) != expected_rows:
            msg = f"{wanted.source} has {len(wanted.customers)} customers, not the {expected_rows} of expected_rows"
            raise ConfigurationError(msg, advice="look whether it was cut off")
    names = wanted.fields if fields is None else check_fields(fields)
    if delete and scope is None and expected_rows is None:
        msg = "delete=True without a scope would delete whatever is not desired, of the whole list"
        raise ConfigurationError(msg, advice="give a scope, or expected_rows if the whole list is yours")
    values = [each.values for each in wanted.customers] if PARENT in names else []
    found = await find(explo, parents_in(values, scope), delete=delete, on_progress=on_progress)
    steps = make_steps(wanted, found, names, scope, delete=delete)
    salt = token_hex(16)
    requests = _count_requests(steps, found)
    return Plan(
        made_at=time(),
        origin=explo.origin,
        salt=salt,
        account=explo.account_digest(bytes.fromhex(salt)).hex(),
        profile=profile,
        source=wanted.source,
        fields=names,
        scope=scope,
        delete=delete,
        policy=policy or Policy(),
        report=found.report,
        in_scope=steps.in_scope,
        creates=tuple(steps.creates),
        updates=tuple(steps.updates),
        deletes=tuple(steps.deletes),
        conflicts=tuple(steps.conflicts),
        unchanged=steps.unchanged,
        unmanaged=steps.unmanaged,
        requests=requests,
        seconds=explo.time_for(requests),
    )


async def find(
    explo: ExploClient,
    parents: Iterable[str],
    *,
    delete: bool,
    on_progress: Callable[[Progress], object] | None = None,
) -> Found:
    """Read what there is: the list, and the children of those parents that are in it."""
    consistency = "exact" if delete else "checked"
    customers = await explo.customers.list(consistency=consistency, on_progress=on_progress)  # type: ignore[arg-type]
    if delete and not may_remove(customers.report):
        msg = f'a list that is "{customers.report.verdict}" does not tell who was removed'
        raise PlanRefused(msg, advice="plan again")
    there = {customer.provided_id for customer in customers}
    children = await list_children(explo, sorted(there.intersection(parents)), consistency)  # type: ignore[arg-type]
    return Found.of(customers, children)


def _count_requests(steps: Steps, found: Found) -> int:
    """Count what applying takes: the list once more, and one request an item, two for a delete."""
    sweeps = 2 if steps.deletes else 1
    lists = sweeps * (page_count(len(found.customers), MAX_PAGE_SIZE) + len(found.children)) + 1
    writes = len(steps.creates) + len(steps.updates) + 2 * len(steps.deletes)
    return lists + writes if writes else 0
