"""Reads one customer, also to settle what became of a change whose answer was lost."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from explo_async.decode.single import read_customer
from explo_async.errors import APIError, DeadlineExceeded, NotFound, OutcomeUnknown
from explo_async.wire.verb import GET_CUSTOMER

if TYPE_CHECKING:
    from explo_async.models import Customer
    from explo_async.wire.deadline import CallClock
    from explo_async.wire.verb_source import VerbSource


async def get_customer(verbs: VerbSource, provided_id: str, body: dict[str, Any], clock: CallClock) -> Customer:
    """Return a customer; raises `NotFound` where the server says, in its way, that there is no such one."""
    try:
        answer = await verbs.call(GET_CUSTOMER, body, clock=clock)
    except NotFound:
        raise
    except APIError as error:
        if not await _says_unknown(verbs, provided_id, error, clock):
            raise
        what, status, detail = error.what, error.status, error.detail
    else:
        return check_id(read_customer(answer), provided_id)
    advice = "there is no such customer, or not in the group of this token"
    raise NotFound(what, status=status, detail=detail, advice=advice)


async def _says_unknown(verbs: VerbSource, provided_id: str, error: APIError, clock: CallClock) -> bool:
    """Tell whether a refusal is this deployment's way to say that there is no such customer."""
    if error.status not in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST):
        return False
    if verbs.unknown_customer is None:
        made_up = str(uuid4())
        try:
            await verbs.call(GET_CUSTOMER, {"provided_id": made_up}, clock=clock)
        except APIError as of_nobody:
            verbs.unknown_customer = _signature(of_nobody, made_up)
        else:
            return False
    return _signature(error, provided_id) == verbs.unknown_customer


def _signature(error: APIError, provided_id: str) -> tuple[int, str | None]:
    return error.status, error.detail and error.detail.replace(provided_id, "*")


async def look(verbs: VerbSource, provided_id: str, clock: CallClock, unknown: OutcomeUnknown) -> Customer | None:
    """Read a customer back, None if it is not there; where that fails too, the outcome stays unknown."""
    try:
        return await get_customer(verbs, provided_id, {"provided_id": provided_id}, clock)
    except NotFound:
        return None
    except (APIError, DeadlineExceeded) as error:
        failure = unsettled(unknown, f"and it could not be read back: {error.what}", None)
    raise failure


def unsettled(unknown: OutcomeUnknown, read: str, found: Customer | None) -> OutcomeUnknown:
    """Return the error with what was read back."""
    return OutcomeUnknown(f"{unknown.what}; {read}", found=found, advice=unknown.advice)


def check_id(customer: Customer, provided_id: str) -> Customer:
    """Return the customer of an answer if it is the one that was asked for."""
    if customer.provided_id == provided_id:
        return customer
    what = f"the server answers with another customer than {provided_id!r:.60}"
    raise APIError(what, status=HTTPStatus.OK.value, advice="check base_url, and what stands between")
