"""The endpoints for one customer: get, create, update, delete, another token, its portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import evolve, frozen
from msgspec import UNSET

from explo_async.arguments import spell
from explo_async.decode.page import CUSTOMERS
from explo_async.decode.single import read_customer, read_flag
from explo_async.errors import ConfigurationError, HasChildren, OutcomeUnknown
from explo_async.models import Customer
from explo_async.parent_filter import count_of_nobody
from explo_async.read_back import check_id, get_customer, look, unsettled
from explo_async.wire.call import Call, Filters
from explo_async.wire.deadline import in_time
from explo_async.wire.verb import (
    CONFIGURE_PORTAL,
    CREATE_CUSTOMER,
    DELETE_CUSTOMER,
    REFRESH_TOKEN,
    RENAME_CUSTOMER,
    UPDATE_CUSTOMER,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.arguments import Flag, Ids, Text, Texts, Values
    from explo_async.wire.deadline import CallClock
    from explo_async.wire.page_source import PageSource
    from explo_async.wire.verb_source import VerbSource


@frozen
class Made:
    """What `get_or_create` returns."""

    customer: Customer
    created: bool
    """False where there was such a customer: it is as it was, whatever else was asked for."""


class SingleCustomers:
    """The endpoints for one customer; `timeout` is in seconds for the whole call, waits for the quota included.

    Each raises what the list raises, `ConfigurationError` for bad arguments before anything is sent, and `APIError` for
    what the server does not do, also where it says so with status 200 and `success: 0`.
    """

    def __init__(self, open_pages: Callable[[], PageSource], open_verbs: Callable[[], VerbSource]) -> None:
        self._open = open_pages
        self._open_verbs = open_verbs

    async def get(self, provided_id: str, *, timeout: float | None = None) -> Customer:
        """Return one customer, with its token. Raises `NotFound` where this token sees no such customer.

        How Explo says that is not documented. A 404 means it; any other refusal does if the server says the same of an
        id that was made up just now, which is asked for once.
        """
        body = spell(provided_id=provided_id)
        verbs = self._open_verbs()
        async with in_time(self._open().gate, timeout) as clock:
            return await get_customer(verbs, provided_id, body, clock)

    async def get_or_create(
        self,
        provided_id: str,
        *,
        name: Text = UNSET,
        mapping: Ids = UNSET,
        is_demo_group: Flag = UNSET,
        emails: Texts = UNSET,
        group_tags: Texts = UNSET,
        hierarchy_level_name: Text = UNSET,
        parent_provided_id: Text = UNSET,
        properties: Values = UNSET,
        timeout: float | None = None,
    ) -> Made:
        """Return the customer of this id, which is made as told if there is none.

        One that is there stays as it is. A parent needs the level too, since the root level is the default.
        """
        if parent_provided_id not in (UNSET, None) and hierarchy_level_name in (UNSET, None):
            msg = "parent_provided_id needs hierarchy_level_name: without it the customer is one of the highest level"
            raise ConfigurationError(msg)
        body = spell(
            provided_id=provided_id,
            name=name,
            mapping=mapping,
            is_demo_group=is_demo_group,
            emails=emails,
            group_tags=group_tags,
            hierarchy_level_name=hierarchy_level_name,
            parent_provided_id=parent_provided_id,
            properties=properties,
        )
        verbs = self._open_verbs()
        async with in_time(self._open().gate, timeout) as clock:
            answer = await verbs.call(CREATE_CUSTOMER, body, clock=clock)
        return Made(check_id(read_customer(answer), provided_id), read_flag(answer, "new_customer"))

    async def update(
        self,
        provided_id: str,
        *,
        new_provided_id: Text = UNSET,
        name: Text = UNSET,
        mapping: Ids = UNSET,
        is_demo_group: Flag = UNSET,
        properties: Values = UNSET,
        emails: Texts = UNSET,
        group_tags: Texts = UNSET,
        hierarchy_level_name: Text = UNSET,
        parent_provided_id: Text = UNSET,
        timeout: float | None = None,
    ) -> Customer:
        """Change only what is given, and return the customer as the server answers it: compare it with what you want.

        Whether objects and lists are replaced or merged is not documented, nor what null does. With `new_provided_id`
        the request is sent once; a lost answer is settled by reading both ids, or raises `OutcomeUnknown`.
        """
        body = spell(
            provided_id=provided_id,
            new_provided_id=new_provided_id,
            name=name,
            mapping=mapping,
            is_demo_group=is_demo_group,
            properties=properties,
            emails=emails,
            group_tags=group_tags,
            hierarchy_level_name=hierarchy_level_name,
            parent_provided_id=parent_provided_id,
        )
        if len(body) == 1:
            msg = "update changes nothing: give a field to change"
            raise ConfigurationError(msg)
        verbs = self._open_verbs()
        async with in_time(self._open().gate, timeout) as clock:
            if "new_provided_id" not in body:
                answer = await verbs.call(UPDATE_CUSTOMER, body, clock=clock)
                return check_id(read_customer(answer), provided_id)
            new_id = body["new_provided_id"]
            try:
                answer = await verbs.call(RENAME_CUSTOMER, body, clock=clock)
            except OutcomeUnknown as unknown:
                found = await look(verbs, new_id, clock, unknown)
                if found is None or (new_id != provided_id and await look(verbs, provided_id, clock, unknown)):
                    raise unsettled(unknown, f"no customer is called {new_id!r} yet", found) from unknown.__cause__
                return found
            return check_id(read_customer(answer), new_id)

    async def delete(
        self, customer: Customer, *, children: Literal["refuse", "ignore"] = "refuse", timeout: float | None = None
    ) -> None:
        """Delete a customer for good, by its token: only as the customer that was read, never by its id alone.

        What becomes of the children of a deleted customer is documented in two ways, so one that has children is
        refused (`HasChildren`), unless `children="ignore"`. The request is sent once. A lost answer is settled by
        reading the customer: if it is gone, it was deleted, else `OutcomeUnknown` is raised. Raises
        `ConfigurationError` for a customer without a token.
        """
        token = _token_of(customer)
        if children not in ("refuse", "ignore"):
            msg = f'children must be "refuse" or "ignore", not {children!r:.40}'
            raise ConfigurationError(msg)
        pages, verbs = self._open(), self._open_verbs()
        async with in_time(pages.gate, timeout) as clock:
            if children == "refuse":
                await _refuse_parent(pages, customer.provided_id, clock)
            try:
                await verbs.call(DELETE_CUSTOMER, {"current_token": token}, clock=clock, secrets=(token,))
            except OutcomeUnknown as unknown:
                found = await look(verbs, customer.provided_id, clock, unknown)
                if found is not None:
                    raise unsettled(unknown, "the customer is still there", found) from unknown.__cause__

    async def refresh_token(self, customer: Customer, *, timeout: float | None = None) -> Customer:
        """Give a customer another token, and return the customer with it; the old one opens nothing any more.

        The request is sent once. A lost answer is settled by reading the customer: another token is the new one, else
        `OutcomeUnknown` is raised. Raises `ConfigurationError` for a customer without a token.
        """
        token = _token_of(customer)
        verbs = self._open_verbs()
        async with in_time(self._open().gate, timeout) as clock:
            try:
                answer = await verbs.call(REFRESH_TOKEN, {"current_token": token}, clock=clock, secrets=(token,))
            except OutcomeUnknown as unknown:
                found = await look(verbs, customer.provided_id, clock, unknown)
                if found is None or found.token in (None, token):
                    raise unsettled(unknown, "the customer has no other token yet", found) from unknown.__cause__
            else:
                found = check_id(read_customer(answer), customer.provided_id)
        # An answer of this endpoint leaves fields out that the customer has, by its documented example.
        return evolve(customer, token=found.token)

    async def configure_portal(
        self, provided_id: str, *, dashboard_embed_id: str, emails: Texts, timeout: float | None = None
    ) -> None:
        """Say which dashboard a customer's portal shows, and to which addresses. What is set cannot be read back."""
        body = spell(dashboard_embed_id=dashboard_embed_id, provided_id=provided_id, emails=emails)
        for name in ("dashboard_embed_id", "emails"):
            if body.get(name) is None:
                msg = f"{name} must be given"
                raise ConfigurationError(msg)
        verbs = self._open_verbs()
        async with in_time(self._open().gate, timeout) as clock:
            await verbs.call(CONFIGURE_PORTAL, body, clock=clock)


async def _refuse_parent(pages: PageSource, provided_id: str, clock: CallClock) -> None:
    """Raise if a customer has children; a server that does not know the filter must not pass for one without."""
    children = await _count_children(pages, provided_id, clock)
    if not children:
        return
    of_nobody = await count_of_nobody(lambda made_up: _count_children(pages, made_up, clock))
    what = f"{provided_id!r:.60} has {children} children"
    advice = "delete them first, or pass children='ignore'"
    if of_nobody:
        what = f"it is not known whether {provided_id!r:.60} has children: the server ignores the filter for a parent"
        advice = "look for yourself, then pass children='ignore'"
    raise HasChildren(what, children=0 if of_nobody else children, advice=advice)


async def _count_children(pages: PageSource, provided_id: str, clock: CallClock) -> int:
    call = Call(decode=CUSTOMERS.decode, filters=Filters(parent_provided_id=provided_id), deadline=clock.deadline)
    page, _ = await pages.first(1, call, only_total=True)
    return page.total_count


def _token_of(customer: Customer) -> str:
    if not isinstance(customer, Customer):
        msg = f"customer must be a Customer, as `get` or `list` returns it, not of type {type(customer).__name__}"
        raise ConfigurationError(msg)
    if not customer.token:
        msg = f"the customer {customer.provided_id!r:.60} has no token, by which alone the server knows it here"
        raise ConfigurationError(msg, advice="read it anew with `get`")
    return customer.token
