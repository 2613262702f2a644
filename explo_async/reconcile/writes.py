"""Writes one item, and tells what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.errors import (
    APIError,
    AuthenticationError,
    DecodeError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
)
from explo_async.reconcile.items import Create, Delete, Update
from explo_async.reconcile.judge import Verdict, mismatches

if TYPE_CHECKING:
    from explo_async.client import ExploClient
    from explo_async.models import Customer
    from explo_async.reconcile.found import Found
    from explo_async.reconcile.items import Item


async def write(explo: ExploClient, item: Item, found: Found) -> Verdict:
    """Send an item and settle it.

    Raises `HasChildren` for a delete that has to wait for others, and what concerns all items alike: the server is not
    reached, takes no token, or the quota cannot be kept. Such an item was begun, and may be done.
    """
    try:
        match item:
            case Create():
                return await _create(explo, item, found)
            case Update():
                answer = await explo.customers.update(item.provided_id, **item.after)
                return _compare(item.after, answer, found)
            case _:
                await explo.customers.delete(found.customers[item.provided_id])
                return Verdict("done")
    except (AuthenticationError, RateLimited):
        raise
    except OutcomeUnknown as error:
        return Verdict("unknown", error.what)
    except NotFound as error:
        return Verdict("already") if isinstance(item, Delete) else Verdict("failed", error.what)
    except (APIError, DecodeError) as error:
        return await _read_back(explo, item, found, error)


async def _create(explo: ExploClient, item: Create, found: Found) -> Verdict:
    made = await explo.customers.get_or_create(item.provided_id, **item.values)
    verdict = _compare(item.values, made.customer, found)
    if made.created or verdict.outcome == "done":
        # One that was there as wanted may be ours, made by a request whose answer was lost.
        return verdict
    return Verdict("conflict", f"somebody else has made it meanwhile; {verdict.detail}")


def _compare(wanted: dict[str, object], answer: Customer, found: Found) -> Verdict:
    names = mismatches(wanted, answer, found)
    if not names:
        return Verdict("done")
    return Verdict("differs", f"the server answers with another {', '.join(names)}")


async def _read_back(explo: ExploClient, item: Item, found: Found, error: APIError | DecodeError) -> Verdict:
    """Settle a failure after which the item may be done all the same."""
    # A delete that may be done is an `OutcomeUnknown`: before this one nothing was sent but a look for children.
    is_refused = isinstance(error, APIError) and error.status < 500  # noqa: PLR2004 -- the class of the server's failures
    if is_refused or isinstance(item, Delete):
        return Verdict("failed", error.what)
    try:
        there = await explo.customers.get(item.provided_id)
    except NotFound:
        return Verdict("failed", error.what)
    except (APIError, DecodeError):
        return Verdict("unknown", error.what)
    wanted = item.values if isinstance(item, Create) else item.after
    verdict = _compare(wanted, there, found)
    return verdict if verdict.outcome == "done" else Verdict("failed", error.what)
