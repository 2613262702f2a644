"""The endpoints beside the list: which does what, and its answer as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from explo_async.emulator.answers import JSON, Answer
from explo_async.emulator.bodies import SHAPES, Body, check, decode
from explo_async.emulator.customers_api import Call, CustomersApi
from explo_async.emulator.embeds_api import EmbedsApi
from explo_async.emulator.failures import Refused, tell
from explo_async.emulator.group_tags_api import GroupTagsApi
from explo_async.emulator.hierarchy import Hierarchy
from explo_async.emulator.list_at_once import ListAtOnce
from explo_async.emulator.tokens import CustomerTokens
from explo_async.endpoint import (
    CONFIGURE_CUSTOMER_PORTAL,
    CREATE_CUSTOMER,
    CREATE_GROUP_TAG,
    DELETE_CUSTOMER,
    DELETE_GROUP_TAG,
    GENERATE_JWT,
    GET_CUSTOMER,
    LIST_AT_ONCE,
    LIST_GROUP_TAGS,
    REFRESH_CUSTOMER_TOKEN,
    RENAME_GROUP_TAG,
    UPDATE_CUSTOMER,
    Endpoint,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator.access import Token
    from explo_async.emulator.behaviour import Behaviour
    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.lagging import Lagging
    from explo_async.emulator.team import Team
    from explo_async.emulator.writes import WriteLog


class Api:
    """Does what a request asks for and words the answer."""

    def __init__(self, book: CustomerBook, listed: Lagging, team: Team, behaviour: Behaviour, writes: WriteLog) -> None:
        self._book = book
        self._behaviour = behaviour
        self._tokens = CustomerTokens(book.seed, behaviour)
        customers = CustomersApi(book, team, Hierarchy(book, team), self._tokens, behaviour, writes)
        embeds = EmbedsApi(book, customers, behaviour, writes)
        tags = GroupTagsApi(book, team, writes)
        self._does: dict[str, Callable[[Call], Body]] = {
            GET_CUSTOMER.verb: customers.get,
            CREATE_CUSTOMER.verb: customers.create,
            UPDATE_CUSTOMER.verb: customers.update,
            DELETE_CUSTOMER.verb: customers.delete,
            REFRESH_CUSTOMER_TOKEN.verb: customers.refresh_token,
            CONFIGURE_CUSTOMER_PORTAL.verb: embeds.configure_portal,
            GENERATE_JWT.verb: embeds.generate_jwt,
            LIST_AT_ONCE.verb: ListAtOnce(listed, behaviour).list,
            LIST_GROUP_TAGS.verb: tags.list,
            CREATE_GROUP_TAG.verb: tags.create,
            RENAME_GROUP_TAG.verb: tags.rename,
            DELETE_GROUP_TAG.verb: tags.delete,
        }

    def name_customer(self, body: Body | Refused, at: float) -> str | None:
        """Return the id of the customer that a request is about; None when it names none that is there."""
        if isinstance(body, Refused):
            return None
        provided_id, token = body.get("provided_id"), body.get("current_token")
        if isinstance(token, str):
            row = self._book.find_by_token(self._tokens.find_newest(token, at))
            return None if row is None else self._book.id_of(row)
        return provided_id if isinstance(provided_id, str) else None

    def answer(self, endpoint: Endpoint, body: Body | Refused, access: Token, at: float, date: float) -> Answer:
        """Do what is asked for, or refuse it, and return the answer."""
        try:
            if isinstance(body, Refused):
                raise body
            shape = SHAPES.get(endpoint.verb)
            counting = body if shape is None else check(body, shape, self._behaviour)
            done = self._does[endpoint.verb](Call(counting, access, at, date))
        except Refused as refused:
            return tell(refused, self._behaviour)
        return Answer(200, msgspec.json.encode(done), {"Content-Type": JSON})


def read_body(endpoint: Endpoint, query: Body, content: bytes, content_type: str) -> Body | Refused:
    """Return what a request has sent: its query where it is a GET, or else the object in its body."""
    if endpoint.method == "GET":
        return query
    try:
        return decode(content, content_type)
    except Refused as refused:
        return refused
