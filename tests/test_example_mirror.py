"""A service that answers from a mirrored table, and the tests of it: an example to copy from."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from explo_async import ExploClient, ExploError, RemovalsHeld, RetryPolicy
from explo_async.emulator.faults import Status
from explo_async.mirror import mirror

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from explo_async.emulator import Emulator


class Tenants:
    """The mirrored table: one task keeps it in step, everybody reads it."""

    def __init__(self, explo: ExploClient, path: Path) -> None:
        self.trouble: str | None = None
        """Why the last run has changed nothing; None where it went well."""
        self._explo = explo
        self._path = path
        self._one_at_a_time = asyncio.Lock()

    async def prepare(self) -> None:
        """Make sure that there is a table."""
        if not await asyncio.to_thread(self._path.exists):
            await self.refresh()

    async def refresh(self) -> None:
        """Mirror the list once; what goes wrong is told in /health, and the table stays as it was."""
        try:
            async with self._one_at_a_time:
                await mirror(self._explo, f"sqlite:///{self._path}", history=True)
        except RemovalsHeld as held:
            self.trouble = f"{held.removals} of {held.of} tenants would be removed: look at them"
        except ExploError as error:
            self.trouble = str(error)
        else:
            self.trouble = None

    async def keep_in_step(self, every: float) -> None:
        """Mirror again and again."""
        while True:
            await self.refresh()
            await asyncio.sleep(every)

    async def find(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Ask the table, beside the event loop."""
        return await asyncio.to_thread(self._find, statement, values)

    def _find(self, statement: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(statement, values)]


TENANTS = web.AppKey("TENANTS", Tenants)


def make_app(path: Path, *, every: float = 300.0, **options: Any) -> web.Application:
    """Make the service; `options` are those of its `ExploClient`."""

    async def open_tenants(app: web.Application) -> AsyncIterator[None]:
        async with ExploClient(**options) as explo:
            app[TENANTS] = tenants = Tenants(explo, path)
            # The first run makes the table; where there is one it answers meanwhile.
            await tenants.prepare()
            task = asyncio.create_task(tenants.keep_in_step(every))
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def get_tenant(request: web.Request) -> web.Response:
        statement = "SELECT name, hierarchy_level, group_tags, valid_from FROM explo_customers WHERE provided_id = ?"
        found = await request.app[TENANTS].find(statement, request.match_info["provided_id"])
        if not found:
            raise web.HTTPNotFound(text="there is no such tenant")
        return web.json_response(found[0] | {"group_tags": json.loads(found[0]["group_tags"])})

    async def get_health(request: web.Request) -> web.Response:
        statement = "SELECT run, customers, verdict FROM explo_customers_runs ORDER BY run DESC LIMIT 1"
        (last,) = await request.app[TENANTS].find(statement)
        return web.json_response(last | {"trouble": request.app[TENANTS].trouble})

    app = web.Application()
    app.cleanup_ctx.append(open_tenants)
    app.router.add_get("/tenants/{provided_id}", get_tenant)
    app.router.add_get("/health", get_health)
    return app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a file that is not there yet."""
    return tmp_path / "tenants.db"


async def ask(client: TestClient[Any, Any], path: str) -> tuple[int, Any]:
    """Ask the service for a path."""
    async with client.get(path) as response:
        return response.status, await response.json(content_type=None) if response.status == 200 else None


async def test_tenants_come_from_the_table(explo_emulator: Emulator, path: Path) -> None:
    """Who is in the list is found, who is not is a 404, and no request goes to Explo for it."""
    explo_emulator.change("customer-0000007", name="Seven", group_tags=["beta"])
    async with TestClient(TestServer(make_app(path))) as client:
        await client.app[TENANTS].refresh()
        requests = explo_emulator.requests
        status, seven = await ask(client, "/tenants/customer-0000007")
        assert (status, seven["name"], seven["group_tags"]) == (200, "Seven", ["beta"])
        assert await ask(client, "/tenants/nobody") == (404, None)
        assert explo_emulator.requests == requests


async def test_a_tenant_who_leaves_is_gone_after_the_next_run(explo_emulator: Emulator, path: Path) -> None:
    """And who comes is there."""
    async with TestClient(TestServer(make_app(path))) as client:
        explo_emulator.delete("customer-0000007")
        explo_emulator.add({"provided_id": "acme"})
        await client.app[TENANTS].refresh()
        assert (await ask(client, "/tenants/customer-0000007"))[0] == 404
        assert (await ask(client, "/tenants/acme"))[0] == 200


async def test_the_table_answers_while_explo_is_down(
    explo_emulator_factory: Callable[..., Emulator], path: Path
) -> None:
    """The service starts as well, with the table that is there, and says what is wrong."""
    whole, down = explo_emulator_factory(10), explo_emulator_factory(10, faults=[Status(401)])
    for emulator in (whole, down):
        app = make_app(path, token=emulator.token, base_url=emulator.url, retry=RetryPolicy(attempts=1))
        async with TestClient(TestServer(app)) as client:
            await client.app[TENANTS].refresh()
            assert (await ask(client, "/tenants/customer-0000007"))[0] == 200
            _, health = await ask(client, "/health")
            assert (health["customers"], health["verdict"]) == (10, "exact")
            assert (health["trouble"] is None) == (emulator is whole)
    assert "the server answered 401" in health["trouble"]


async def test_a_mass_removal_waits_for_somebody_to_look(explo_emulator: Emulator, path: Path) -> None:
    """Everybody is served on, and /health tells how many would be removed."""
    async with TestClient(TestServer(make_app(path))) as client:
        await client.app[TENANTS].refresh()
        for _ in range(60):
            explo_emulator.delete_at(0)
        await client.app[TENANTS].refresh()
        assert (await ask(client, "/tenants/customer-0000007"))[0] == 200
        _, health = await ask(client, "/health")
        assert health["trouble"] == "60 of 100 tenants would be removed: look at them"
