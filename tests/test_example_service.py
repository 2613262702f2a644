"""A service that compares a list of tenants with Explo's, and the tests of it: an example to copy from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from explo_async import ExploClient, ExploError, ListingChanged, RetryPolicy
from explo_async.emulator.faults import Body, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from explo_async.emulator import Emulator

EXPLO = web.AppKey("EXPLO", ExploClient)


def make_app(**options: Any) -> web.Application:
    """Make the service; `options` are those of its `ExploClient`."""

    async def open_explo(app: web.Application) -> AsyncIterator[None]:
        async with ExploClient(**options) as app[EXPLO]:
            yield

    async def find_missing(request: web.Request) -> web.Response:
        tenants = await request.json()
        try:
            customers = await request.app[EXPLO].customers.list()
        except ListingChanged:
            raise web.HTTPServiceUnavailable(text="tenants are changing right now: ask again") from None
        except ExploError as error:
            raise web.HTTPServiceUnavailable(text=f"the list of tenants cannot be read: {error}") from None
        present = {customer.provided_id for customer in customers}
        return web.json_response({"missing": [tenant for tenant in tenants if tenant not in present]})

    app = web.Application()
    app.cleanup_ctx.append(open_explo)
    app.router.add_post("/missing", find_missing)
    return app


async def ask(app: web.Application, *tenants: str) -> tuple[int, str]:
    """Run the service, and ask it which of these tenants are missing."""
    async with TestClient(TestServer(app)) as client, client.post("/missing", json=tenants) as response:
        return response.status, await response.text()


async def test_tenants_that_explo_does_not_have_are_missing(explo_emulator: Emulator) -> None:
    """The service answers with those tenants that it is given and that are not in Explo's list."""
    explo_emulator.delete("customer-0000007")
    assert await ask(make_app(), "customer-0000006", "customer-0000007") == (200, '{"missing": ["customer-0000007"]}')


async def test_an_outage_that_passes_is_not_seen(explo_emulator_factory: Callable[..., Emulator]) -> None:
    """A 503 of Explo is repeated, and nobody who asks the service notices."""
    emulator = explo_emulator_factory([{"provided_id": "acme"}], faults=[Status(503, attempt=1)])
    app = make_app(token=emulator.token, base_url=emulator.url, retry=RetryPolicy(wait_initial=0.01))
    assert await ask(app, "acme", "umbrella") == (200, '{"missing": ["umbrella"]}')
    # The 503, the page, and the COUNT after it.
    assert emulator.requests == 3


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Status(401), "cannot be read: page 1: the server answered 401"),
        (Body(b'{"total_count": 2, "results": {"customers": []}}'), "changing right now: ask again"),
    ],
)
async def test_a_list_that_cannot_be_read_is_a_503(
    fault: Body | Status, message: str, explo_emulator_factory: Callable[..., Emulator]
) -> None:
    """When Explo's list cannot be had whole the service says why, and never calls a tenant missing."""
    emulator = explo_emulator_factory(2, faults=[fault])
    status, text = await ask(make_app(token=emulator.token, base_url=emulator.url), "acme")
    assert status == 503
    assert message in text
