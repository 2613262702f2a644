"""A service that keeps a workspace for each tenant, by the events of a watch, and the tests of it: to copy from."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from explo_async import ExploClient
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Status
from explo_async.watch import Added, Changed, Held, Removed, Skipped
from tests.helpers.clients import ONCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from explo_async import Customer

FOLLOWING = web.AppKey("FOLLOWING", asyncio.Task[None])
logger = logging.getLogger(__name__)


class Workspaces:
    """The workspaces of all tenants, in place of your own system. Twice the same is no harm in any of its methods."""

    def __init__(self) -> None:
        self.names: dict[str, str | None] = {}
        self.done: list[str] = []
        self.fails: set[str] = set()
        """Tenants whose workspace cannot be set up at the moment."""
        self._changed = asyncio.Condition()

    async def set_up(self, customer: Customer) -> None:
        """Make the workspace of a tenant, or bring it into line."""
        await self._note(f"set up {customer.provided_id}")
        if customer.provided_id in self.fails:
            msg = "the workspaces cannot be reached"
            raise ConnectionError(msg)
        self.names[customer.provided_id] = customer.name

    async def archive(self, provided_id: str) -> None:
        """Archive the workspace of a tenant, if there is one."""
        self.names.pop(provided_id, None)
        await self._note(f"archive {provided_id}")

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with self._changed:
            await self._changed.wait_for(is_so)

    async def _note(self, what: str) -> None:
        async with self._changed:
            self.done.append(what)
            self._changed.notify_all()


async def follow(explo: ExploClient, workspaces: Workspaces, *, state: Path, every: float) -> None:
    """Act on each event; where that fails, begin anew a period later, with what was not acknowledged."""
    while True:
        async with explo.customers.watch(every=every, state=state) as events:
            try:
                async for event in events:
                    match event:
                        case Added(customer) | Changed(after=customer):
                            await workspaces.set_up(customer)
                        case Removed(last_known):
                            await workspaces.archive(last_known.provided_id)
                        case Held(reason=reason) | Skipped(error=reason):
                            logger.warning("tenants: %s: %s", event.kind, reason)
                    await event.done()
            except ConnectionError:
                logger.exception("tenants: the event is told again")
        await asyncio.sleep(every)


def make_app(workspaces: Workspaces, *, state: Path, every: float = 900.0, **options: Any) -> web.Application:
    """Make the service; `options` are those of its `ExploClient`."""

    async def follow_events(app: web.Application) -> AsyncIterator[None]:
        async with ExploClient(**options) as explo:
            app[FOLLOWING] = asyncio.create_task(follow(explo, workspaces, state=state, every=every))
            yield
            app[FOLLOWING].cancel()
            await asyncio.wait([app[FOLLOWING]])

    async def show_health(request: web.Request) -> web.Response:
        # A service whose task has ended answers as before, and hears of no tenant any more.
        return web.Response(status=503 if request.app[FOLLOWING].done() else 200)

    async def show_workspaces(_: web.Request) -> web.Response:
        return web.json_response(workspaces.names)

    app = web.Application()
    app.cleanup_ctx.append(follow_events)
    app.router.add_get("/health", show_health)
    app.router.add_get("/workspaces", show_workspaces)
    return app


TENANTS = [{"provided_id": "acme", "name": "Acme"}, {"provided_id": "umbrella", "name": "Umbrella"}]


def service(
    workspaces: Workspaces, emulator: Emulator, tmp_path: Path
) -> AbstractAsyncContextManager[TestClient[web.Request, web.Application]]:
    """Run the service over an emulator, a round each tenth of a second."""
    options = {"token": emulator.token, "base_url": emulator.url, "rate_limit": None, "retry": ONCE}
    return TestClient(TestServer(make_app(workspaces, state=tmp_path / "watch.sqlite", every=0.1, **options)))


async def test_each_tenant_has_a_workspace(tmp_path: Path) -> None:
    """Those that are there at first, and those that come, change and go."""
    workspaces = Workspaces()
    async with Emulator(TENANTS) as emulator, service(workspaces, emulator, tmp_path) as client:
        await workspaces.until(lambda: len(workspaces.names) == 2)
        emulator.add({"provided_id": "initech", "name": "Initech"})
        emulator.change("acme", name="Acme Inc")
        emulator.delete("umbrella")
        await workspaces.until(lambda: "archive umbrella" in workspaces.done)
        async with client.get("/workspaces") as response:
            assert await response.json() == {"acme": "Acme Inc", "initech": "Initech"}


async def test_an_event_that_could_not_be_handled_is_told_again(tmp_path: Path) -> None:
    """And the service goes on meanwhile."""
    workspaces = Workspaces()
    workspaces.fails.add("umbrella")
    async with Emulator(TENANTS) as emulator, service(workspaces, emulator, tmp_path) as client:
        await workspaces.until(lambda: workspaces.done.count("set up umbrella") == 2)
        async with client.get("/health") as response:
            assert response.status == 200
        assert workspaces.names == {"acme": "Acme"}
        workspaces.fails.clear()
        await workspaces.until(lambda: workspaces.done.count("set up umbrella") == 3)
    assert workspaces.done.count("set up acme") == 1


async def test_after_a_restart_it_goes_on(tmp_path: Path) -> None:
    """With what changed while it was not there."""
    workspaces = Workspaces()
    async with Emulator(TENANTS) as emulator:
        async with service(workspaces, emulator, tmp_path):
            await workspaces.until(lambda: len(workspaces.names) == 2)
        emulator.change("umbrella", name="Umbrella Corp")
        workspaces.done.clear()
        async with service(workspaces, emulator, tmp_path):
            await workspaces.until(lambda: workspaces.names["umbrella"] == "Umbrella Corp")


async def test_a_list_that_cannot_be_read_removes_nobody(tmp_path: Path) -> None:
    """The service waits for a better one."""
    workspaces = Workspaces()
    faults = [Status(503, page=1, attempt=attempt) for attempt in (3, 4)]
    async with Emulator(TENANTS, faults=faults) as emulator, service(workspaces, emulator, tmp_path):
        await workspaces.until(lambda: len(workspaces.names) == 2)
        heard = asyncio.Event()
        emulator.on_request = lambda _: heard.set() if emulator.requests >= 5 else None
        await heard.wait()
    assert workspaces.done == ["set up acme", "set up umbrella"]
