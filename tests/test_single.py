"""The endpoints for one customer, against the emulator: what they do, and what becomes of an answer that is lost."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from explo_async import (
    APIError,
    ConfigurationError,
    Customer,
    ExploClient,
    HasChildren,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RetryPolicy,
)
from explo_async.emulator import Behaviour, Dialect, Emulator, Token
from explo_async.emulator.faults import Body, Close, Fault, Status
from explo_async.emulator.script import Script

LEVELS = ("Top", "Low")
QUICK = RetryPolicy(wait_initial=0.001)


def emulator(*faults: Fault, **options: Any) -> Emulator:
    """Make a server without customers."""
    options.setdefault("behaviour", Behaviour())
    return Emulator([], faults=list(faults), quota=None, levels=LEVELS, group_tags=("a", "b"), **options)


def client(server: Emulator, **options: Any) -> ExploClient:
    """Make a client that repeats at once."""
    return ExploClient(options.pop("token", server.token), base_url=server.url, retry=QUICK, rate_limit=None, **options)


def done(server: Emulator) -> list[tuple[str, str | None]]:
    """List what was really written."""
    return [(write.verb, write.provided_id) for write in server.writes]


async def test_a_customer_from_its_making_to_its_end() -> None:
    """Each verb does what it says, once, and get sees it."""
    async with emulator() as server, client(server) as explo:
        made = await explo.customers.get_or_create(
            "t", name="T", emails=["a@b.c"], properties={"x": {"y": [1, None]}}, group_tags=["a"], mapping={"40": "213"}
        )
        again = await explo.customers.get_or_create("t", name="Other")
        assert (made.created, again.created, again.customer.name) == (True, False, "T")
        assert await explo.customers.get("t") == made.customer
        changed = await explo.customers.update("t", name="U", group_tags=[])
        assert (changed.name, changed.group_tags, changed.emails) == ("U", (), ("a@b.c",))
        renamed = await explo.customers.update("t", new_provided_id="t2")
        refreshed = await explo.customers.refresh_token(renamed)
        assert evolve(refreshed, token=renamed.token) == renamed
        assert refreshed.token not in (None, renamed.token)
        await explo.customers.configure_portal("t2", dashboard_embed_id="d", emails=["x@y.z"])
        assert await explo.generate_jwt("t2", embed_id="d", expires_in=3600.0)
        await explo.customers.delete(refreshed)
        with pytest.raises(NotFound, match="there is no such customer"):
            await explo.customers.get("t2")
        assert [verb for verb, _ in done(server)] == [
            "create_customer",
            "update_customer",
            "update_customer",
            "refresh_customer_token",
            "configure_customer_portal",
            "generate_jwt",
            "delete_customer",
        ]


@pytest.mark.parametrize("unknown", ["404", "400", "200"])
@pytest.mark.parametrize("failures", ["detail", "success_0", "status_200"])
async def test_an_unknown_customer_is_not_found_however_that_is_said(unknown: Any, failures: Any) -> None:
    """How Explo says it is not documented; a server that says the same of an id that is made up means it."""
    behaviour = Behaviour(unknown_customer=unknown, failures=failures)
    async with emulator(behaviour=behaviour) as server, client(server) as explo:
        for provided_id in ("nobody", "else"):
            with pytest.raises(NotFound):
                await explo.customers.get(provided_id)
        # Each id, and one that is made up, once.
        assert len(server.log) == (2 if unknown == "404" else 3)


async def test_a_refusal_for_another_reason_is_not_taken_for_an_unknown_customer() -> None:
    """Then the server says another thing of the id that is made up."""
    fault = Body(b'{"success": 0, "message": "try later"}', verb="get_customer", provided_id="t")
    async with emulator(fault, behaviour=Behaviour(unknown_customer="200")) as server, client(server) as explo:
        with pytest.raises(APIError, match="try later") as caught:
            await explo.customers.get("t")
        assert not isinstance(caught.value, NotFound)


@pytest.mark.parametrize("failures", ["detail", "success_0", "status_200"])
async def test_what_the_server_does_not_do_is_an_error(failures: Any) -> None:
    """Also where it says so with 200."""
    async with emulator(behaviour=Behaviour(failures=failures)) as server, client(server) as explo:
        with pytest.raises(APIError):
            await explo.customers.get_or_create("t", group_tags=["no such tag"])
        assert done(server) == []


@pytest.mark.parametrize(
    "body", [b'{"customer": {"provided_id": "t"}}', b'{"success": 0}', b'{"success": 2}', b'{"success": "1"}']
)
async def test_success_must_be_1(body: bytes) -> None:
    """An answer without it is none that is documented."""
    async with emulator(Body(body, verb="update_customer")) as server, client(server) as explo:
        with pytest.raises(APIError, match="update_customer: the server answered 200 with") as caught:
            await explo.customers.update("t", name="x")
        assert caught.value.status == 200


async def test_an_answer_about_another_customer_is_refused() -> None:
    """Whoever stands between may mix them up."""
    body = b'{"success": 1, "customer": {"provided_id": "other"}}'
    async with emulator(Body(body, verb="get_customer")) as server, client(server) as explo:
        with pytest.raises(APIError, match="another customer than 't'"):
            await explo.customers.get("t")


LOST = [Close(done=True, times=1), Status(500, done=True, times=1)]
NOT_DONE = [Close(times=1), Status(500, times=1)]


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=repr)
@pytest.mark.parametrize("verb", ["create_customer", "update_customer", "get_customer"])
async def test_what_may_be_sent_twice_is_sent_again(verb: str, fault: Fault) -> None:
    """It does the same as the first time."""
    async with emulator(evolve(fault, verb=verb, attempt=1)) as server, client(server) as explo:
        made = await explo.customers.get_or_create("t", name="T")
        customer = await explo.customers.update("t", name="U")
        assert (made.customer.name, customer.name, (await explo.customers.get("t")).name) == ("T", "U", "U")


@pytest.mark.parametrize("fault", LOST, ids=repr)
async def test_a_delete_whose_answer_is_lost_is_settled(fault: Fault) -> None:
    """It was sent once, and the customer is gone."""
    async with emulator(evolve(fault, verb="delete_customer")) as server, client(server) as explo:
        made = await explo.customers.get_or_create("t")
        await explo.customers.delete(made.customer)
        assert [seen.verb for seen in server.log].count("delete_customer") == 1
        assert done(server).count(("delete_customer", "t")) == 1


@pytest.mark.parametrize("fault", NOT_DONE, ids=repr)
async def test_a_delete_that_was_not_done_is_not_sent_again(fault: Fault) -> None:
    """The customer is there still, and the error has it: whether the request is still on its way nobody knows."""
    async with emulator(evolve(fault, verb="delete_customer")) as server, client(server) as explo:
        made = await explo.customers.get_or_create("t")
        with pytest.raises(OutcomeUnknown, match="the customer is still there") as caught:
            await explo.customers.delete(made.customer)
        assert caught.value.found == made.customer
        assert str(made.customer.token) not in str(caught.value)
        assert [seen.verb for seen in server.log].count("delete_customer") == 1


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=repr)
async def test_a_refresh_whose_answer_is_lost_is_settled(fault: Fault) -> None:
    """Another token is the new one; the same tells nothing."""
    async with emulator(evolve(fault, verb="refresh_customer_token")) as server, client(server) as explo:
        made = await explo.customers.get_or_create("t")
        if fault in NOT_DONE:
            with pytest.raises(OutcomeUnknown, match="no other token yet"):
                await explo.customers.refresh_token(made.customer)
        else:
            customer = await explo.customers.refresh_token(made.customer)
            assert customer.token == (await explo.customers.get("t")).token != made.customer.token
        assert [seen.verb for seen in server.log].count("refresh_customer_token") == 1


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=repr)
async def test_a_rename_whose_answer_is_lost_is_settled(fault: Fault) -> None:
    """By reading the new id, then the old."""
    async with emulator(evolve(fault, verb="update_customer")) as server, client(server) as explo:
        await explo.customers.get_or_create("t", name="T")
        if fault in NOT_DONE:
            with pytest.raises(OutcomeUnknown, match="no customer is called 'u' yet"):
                await explo.customers.update("t", new_provided_id="u")
        else:
            assert (await explo.customers.update("t", new_provided_id="u")).name == "T"
        assert [seen.verb for seen in server.log].count("update_customer") == 1


async def test_an_outcome_that_cannot_be_read_back_is_unknown() -> None:
    """The failure to read is told too."""
    faults = Close(done=True, verb="delete_customer"), Status(403, verb="get_customer")
    async with emulator(*faults) as server, client(server) as explo:
        made = await explo.customers.get_or_create("t")
        with pytest.raises(OutcomeUnknown, match="could not be read back: the server answered 403"):
            await explo.customers.delete(made.customer)


async def test_a_429_was_not_done_and_is_sent_again() -> None:
    """Also of what is sent once."""
    fault = Status(429, body=b'{"detail": "Expected available in 0 seconds."}', verb="delete_customer", times=1)
    async with emulator(fault) as server, client(server) as explo:
        made = await explo.customers.get_or_create("t")
        await explo.customers.delete(made.customer)
        assert done(server)[-1] == ("delete_customer", "t")


async def test_a_parent_is_not_deleted() -> None:
    """Unless that is asked for; its children are counted by the filter, which is not trusted unseen."""
    async with emulator(behaviour=Behaviour(delete_with_children="cascade")) as server, client(server) as explo:
        top = (await explo.customers.get_or_create("top", hierarchy_level_name="Top")).customer
        for child in ("a", "b"):
            await explo.customers.get_or_create(child, hierarchy_level_name="Low", parent_provided_id="top")
        with pytest.raises(HasChildren, match="'top' has 2 children; delete them first") as caught:
            await explo.customers.delete(top)
        assert caught.value.children == 2
        await explo.customers.delete(top, children="ignore")
        assert await explo.customers.count() == 0


async def test_a_server_that_ignores_the_filter_is_seen() -> None:
    """It gives everybody to every parent, also to one that is made up."""
    async with emulator(dialect=Dialect(filter_names="none")) as server, client(server) as explo:
        made = [(await explo.customers.get_or_create(name)).customer for name in ("t", "u")]
        with pytest.raises(HasChildren, match="not known whether 't' has children: the server ignores the filter"):
            await explo.customers.delete(made[0])
        assert ("delete_customer", "t") not in done(server)


async def test_a_token_that_only_reads_changes_nothing() -> None:
    """The error says what it is."""
    tokens = [Token("rw", access_group="g"), Token("ro", access_group="g", read_only=True)]
    async with emulator(tokens=tokens) as server, client(server, token="ro") as explo:
        with pytest.raises(PermissionDenied, match="a read-only token changes nothing"):
            await explo.customers.get_or_create("t")
        assert done(server) == []


BAD: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("get", ("",), {}, "provided_id must be a non-empty string"),
    ("get", (7,), {}, "provided_id must be a non-empty string"),
    ("update", ("t",), {}, "update changes nothing: give a field to change"),
    ("update", ("t",), {"emails": "a@b.c"}, "emails must be a list of strings, not of type str"),
    ("update", ("t",), {"emails": [""]}, r"emails\[0\] must be a non-empty string"),
    ("update", ("t",), {"properties": [1]}, "properties must be a mapping, not of type list"),
    (
        "update",
        ("t",),
        {"properties": {"a": float("nan")}},
        r"properties\['a'\] is not a value that JSON has: it is nan",
    ),
    (
        "update",
        ("t",),
        {"properties": {"a": {1}}},
        r"properties\['a'\] is not a value that JSON has: it is of type set",
    ),
    ("update", ("t",), {"properties": {1: 2}}, "a key of properties must be a non-empty string"),
    ("update", ("t",), {"mapping": {"40": 1.5}}, r"mapping\['40'\] must be the id of a data source"),
    ("update", ("t",), {"is_demo_group": 1}, "is_demo_group must be True or False, not 1"),
    ("update", ("t",), {"name": "\ud800"}, "name has characters that cannot be sent"),
    ("get_or_create", ("t",), {"parent_provided_id": "p"}, "parent_provided_id needs hierarchy_level_name"),
    ("configure_portal", ("t",), {"dashboard_embed_id": "d", "emails": None}, "emails must be given"),
    ("delete", ("t",), {}, "customer must be a Customer"),
    ("delete", (Customer(provided_id="t"),), {}, "the customer 't' has no token"),
    ("delete", (Customer(provided_id="t", token="x"),), {"children": "no"}, "children must be"),
    ("refresh_token", (Customer(provided_id="t"),), {}, "has no token"),
    ("get", ("t",), {"timeout": 0}, "timeout must be a number of seconds above 0"),
]


@pytest.mark.parametrize(("verb", "arguments", "options", "message"), BAD, ids=lambda value: str(value)[:40])
async def test_bad_arguments_are_refused_before_anything_is_sent(
    verb: str, arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    """With the argument's name."""
    async with emulator() as server, client(server) as explo:
        with pytest.raises(ConfigurationError, match=message):
            await getattr(explo.customers, verb)(*arguments, **options)
        assert list(server.log) == []


async def test_writes_share_the_quota_of_the_list() -> None:
    """All that one client sends is counted together."""
    async with emulator() as server, client(server) as explo:
        await explo.customers.get_or_create("t")
        await explo.customers.list()
        gate = explo._open().gate
        assert gate is explo._open_verbs().repeating.gate
        assert explo._open().slots is explo._open_verbs().slots


async def test_group_tags_from_their_making_to_their_end() -> None:
    """By their names."""
    async with emulator() as server, client(server) as explo:
        assert await explo.group_tags.list() == ["a", "b"]
        assert await explo.group_tags.create("c") == "c"
        with pytest.raises(APIError):
            await explo.group_tags.create("c")
        assert await explo.group_tags.rename("c", "d") == "d"
        await explo.group_tags.delete("d")
        with pytest.raises(APIError):
            await explo.group_tags.delete("d")
        assert await explo.group_tags.list() == ["a", "b"]


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=repr)
@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("create_group_tag", ("c",)), ("rename_group_tag", ("a", "c")), ("delete_group_tag", ("a",))],
)
async def test_a_change_of_a_tag_whose_answer_is_lost_is_settled(
    verb: str, arguments: tuple[str, ...], fault: Fault
) -> None:
    """By reading the tags; it is sent once."""
    async with emulator(evolve(fault, verb=verb)) as server, client(server) as explo:
        call = getattr(explo.group_tags, verb.partition("_")[0])
        if fault in NOT_DONE:
            with pytest.raises(OutcomeUnknown, match="the tags do not show it yet"):
                await call(*arguments)
        else:
            await call(*arguments)
        assert [seen.verb for seen in server.log].count(verb) == 1


async def test_a_name_may_be_empty_and_a_refusal_that_is_none_of_absence_stays() -> None:
    """An empty name is sent; a 400 for a customer is no `NotFound` where the server answers for one who is made up."""
    fault = Status(400, verb="get_customer", provided_id="t")
    async with emulator(fault, behaviour=Behaviour(unknown_customer="404")) as server, client(server) as explo:
        assert (await explo.customers.get_or_create("t", name="")).customer.name == ""
        with pytest.raises(APIError) as caught:
            await explo.customers.get("t")
        assert not isinstance(caught.value, NotFound)


async def test_a_made_up_customer_who_is_answered_for_proves_nothing() -> None:
    """A server that has somebody for every id does not say by a 400 that there is nobody."""

    class Anybody(Fault):
        """Answers for everybody but one."""

        async def happen(self, exchange: Any) -> Any:
            body = b'{"success": 1, "customer": {"provided_id": "somebody"}}'
            return evolve(exchange.good, status=200, body=body)

    faults = (Status(400, verb="get_customer", provided_id="t"), Anybody(verb="get_customer"))
    async with emulator(*faults) as server, client(server) as explo:
        with pytest.raises(APIError, match="400"):
            await explo.customers.get("t")


async def test_a_server_that_refuses_a_parent_that_does_not_exist_knows_the_filter() -> None:
    """So what it says of the children counts."""

    class OfNobody(Status):
        """An answer to those who ask for the children of nobody."""

        def concerns(self, seen: Any) -> bool:
            return seen.query.get("parent_provided_id") not in {None, "customer-0000000"}

    async with Emulator(30, faults=[OfNobody(400)]) as server, client(server) as explo:
        with pytest.raises(HasChildren) as caught:
            await explo.customers.delete(await explo.customers.get("customer-0000000"))
        assert caught.value.children > 0


async def test_a_jwt_may_be_left_to_the_servers_time() -> None:
    """Without a time no expiration is sent, and Explo's own counts."""
    async with emulator() as server, client(server) as explo:
        await explo.customers.get_or_create("t")
        assert await explo.generate_jwt("t", embed_id="d")
        with pytest.raises(ConfigurationError, match="expires_in must be a number of seconds above 0"):
            await explo.generate_jwt("t", embed_id="d", expires_in=0)


async def test_a_refusal_is_no_unknown_customer_where_one_that_is_made_up_is_found() -> None:
    """A server that answers any id tells nothing of who is unknown: its refusal stays what it is."""
    anybody = b'{"success": 1, "customer": {"provided_id": "x"}}'
    faults = Body(b'{"success": 0}', verb="get_customer", provided_id="t"), Body(anybody, verb="get_customer")
    async with emulator(*faults) as server, client(server) as explo:
        with pytest.raises(APIError, match="200 with success: 0") as caught:
            await explo.customers.get("t")
        assert not isinstance(caught.value, NotFound)


async def test_a_server_that_refuses_a_parent_that_is_made_up_knows_the_filter() -> None:
    """So the children that it counts are children."""
    async with emulator() as server, client(server) as explo:
        top = (await explo.customers.get_or_create("top", hierarchy_level_name="Top")).customer
        await explo.customers.get_or_create("a", hierarchy_level_name="Low", parent_provided_id="top")
        # Of the lists, all but the first, which counts the children, is about the parent that is made up.
        server._script = Script([Status(400, verb="list_customers", attempt=2)], 0)
        with pytest.raises(HasChildren, match="'top' has 1 children; delete them first"):
            await explo.customers.delete(top)
