"""Paths, methods, tokens and the quota of all endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async.emulator import Behaviour, Emulator, Quota, Token
from explo_async.emulator.quota import DOCUMENTED
from explo_async.endpoint import ENDPOINTS, GENERATE_JWT, GET_CUSTOMER, LIST_AT_ONCE, LIST_GROUP_TAGS, Endpoint
from tests.helpers.emulator_client import PATH, asking


def named(endpoint: Endpoint) -> str:
    return endpoint.verb


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
async def test_an_endpoint_has_one_method(endpoint: Endpoint) -> None:
    """Another one is refused, and the answer names the right one."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        for method in {"GET", "POST", "DELETE", "PUT", "PATCH"} - {endpoint.method}:
            reply = await ask(endpoint.path, method=method)
            assert (reply.status, reply.json()) == (405, {"detail": "Method not allowed."})
            assert reply.headers["Allow"] == endpoint.method
            assert emulator.log[-1].method == method


@pytest.mark.parametrize("setting", ["405", "301", "works"])
async def test_a_path_without_its_slash(setting: Any) -> None:
    """It is not allowed, led to the path with the slash, or as good as that."""
    behaviour = Behaviour(missing_slash=setting)
    async with Emulator([], behaviour=behaviour) as emulator, asking(emulator) as ask:
        for path in (PATH, *(endpoint.path for endpoint in ENDPOINTS if endpoint.method == "GET")):
            reply = await ask(path.removesuffix("/"))
            assert reply.status == {"405": 405, "301": 301, "works": 200}[setting]
            assert reply.headers.get("Location") == (path if setting == "301" else None)
        reply = await ask.do(GET_CUSTOMER, {"provided_id": "nobody"}, path=GET_CUSTOMER.path.removesuffix("/"))
        assert reply.status == {"405": 405, "301": 301, "works": 404}[setting]
        assert emulator.log[-1].path == "/api/get_customer"
        assert emulator.log[-1].verb == "get_customer"


@pytest.mark.parametrize("setting", ["401", "403"])
@pytest.mark.parametrize("endpoint", [LIST_AT_ONCE, LIST_GROUP_TAGS, GET_CUSTOMER], ids=named)
async def test_a_wrong_token(endpoint: Endpoint, setting: Any) -> None:
    """It is a 401 or a 403, whatever the body is; so is none at all."""
    async with Emulator([], behaviour=Behaviour(bad_token=setting)) as emulator, asking(emulator) as ask:
        for token in ("", "wrong", "emulator-tokens"):
            reply = await ask.do(endpoint, token=token)
            assert (reply.status, reply.json()) == (int(setting), {"detail": "Invalid token."})
        assert (await ask(token="wrong")).status == int(setting)


async def test_tokens_stand_in_place_of_the_one_token() -> None:
    """The first of several is the emulator's; the usual one is none of them, and no secret is in their repr."""
    tokens = [Token("one"), Token("two", "Production", read_only=True)]
    async with Emulator([], tokens=tokens) as emulator, asking(emulator) as ask:
        assert emulator.token == "one"
        assert [(await ask(token=token)).status for token in ("one", "two", "emulator-token")] == [200, 200, 401]
    assert repr(tokens[1]) == "Token(access_group='Production', read_only=True)"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@pytest.mark.parametrize("setting", ["allowed", "forbidden"])
async def test_a_read_only_token_may_not_write(endpoint: Endpoint, setting: Any) -> None:
    """Whatever writes is a 403 for it, save for JWTs where they are allowed."""
    behaviour = Behaviour(read_only_jwt=setting)
    async with (
        Emulator([], tokens=[Token("ro", read_only=True)], behaviour=behaviour) as emulator,
        asking(emulator) as ask,
    ):
        reply = await ask.do(endpoint, {} if endpoint.method != "GET" else None)
        allowed = not endpoint.writes or (endpoint == GENERATE_JWT and setting == "allowed")
        assert (reply.status != 403) is allowed
        assert emulator.log[0].writes is endpoint.writes


async def test_the_quota_counts_all_endpoints_together() -> None:
    """The list, reads and writes share one window; what is refused for its path or its token does not count."""
    async with Emulator([], quota=Quota(4, 60.0)) as emulator, asking(emulator) as ask:
        assert (await ask("/api/nowhere/")).status == 404
        assert (await ask(token="wrong")).status == 401
        made = await ask.make("a")
        assert await ask.get("a") == made
        assert (await ask()).status == 200
        assert (await ask.do(LIST_GROUP_TAGS)).status == 200
        reply = await ask.do(GET_CUSTOMER, {"provided_id": "a"})
        assert reply.status == 429
        assert reply.json()["detail"].startswith("Request was throttled. Expected available in ")
        assert int(reply.headers["Retry-After"]) <= 60
        assert emulator.rate_limited == 1


def test_the_documented_quota_is_that_of_all_endpoints() -> None:
    """180 a minute."""
    assert (DOCUMENTED.requests, DOCUMENTED.per) == (180, 60.0)


@pytest.mark.parametrize("setting", ["ignored", "400"])
async def test_a_filter_in_another_spelling(setting: Any) -> None:
    """It is passed over, so that everybody comes, or refused; in both lists."""
    async with Emulator(30, behaviour=Behaviour(unknown_filter=setting)) as emulator, asking(emulator) as ask:
        for path in (PATH, LIST_AT_ONCE.path):
            reply = await ask(path, parentProvidedId="customer-0000010")
            if setting == "400":
                assert (reply.status, reply.json()) == (400, {"detail": "parentProvidedId: This filter is not known."})
            else:
                body = reply.json()
                assert len(body.get("customers", ())) + body.get("total_count", 0) == 30
            reply = await ask(path, parent_provided_id="customer-0000010", other="x")
            assert reply.status == 200
