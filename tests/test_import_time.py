"""What `import explo_async` and its client load: no more than they need."""

from __future__ import annotations

import os
import sys
from subprocess import run

import pytest

CLIENT = "import explo_async; explo_async.ExploClient"
READ = f"""
{CLIENT}
from explo_async.decode.page import decode_page
body = b'{{"total_count": 1, "results": {{"customers": [{{"provided_id": "acme"%s}}]}}}}'
assert len(decode_page(body, page=1).rows) == 1
"""


def load(program: str) -> set[str]:
    """Run a program, and return the names of the modules and packages that it has loaded."""
    words = [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = run(words, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_the_package_alone_loads_next_to_nothing() -> None:
    """pytest loads it in all its runs, for the plugin."""
    assert not load("import explo_async") & {"aiohttp", "asyncio", "attrs", "msgspec"}


@pytest.mark.parametrize("program", [CLIENT, READ % ""], ids=["client", "a documented record"])
def test_a_client_loads_what_it_needs_and_no_more(program: str) -> None:
    """Beside aiohttp there are attrs and msgspec; cattrs, a third of our own time, waits for its first record."""
    loaded = load(program)
    assert {"aiohttp", "attrs", "msgspec"} <= loaded
    assert not loaded & {"cattrs", "cyclopts", "duckdb", "opentelemetry", "pyarrow", "pytest", "redis", "rich"}
    assert not loaded & {"sqlite3", "stamina", "tenacity"}
    assert not [name for name in loaded if name.startswith("explo_async.pacing.stores")]
    ours = {name.split(".")[1] for name in loaded if name.startswith("explo_async.")}
    assert not ours & {"arrow", "cli", "diff", "emulator", "export", "files", "pytest_plugin", "watch"}


def test_another_record_loads_cattrs() -> None:
    """A record with a field that is not documented is read by it."""
    assert "cattrs" in load(READ % ', "new": 1')


def test_a_shared_quota_loads_what_its_store_needs() -> None:
    """SQLite for a file, redis-py for an address, and neither for the other."""
    client = "import explo_async; explo_async.ExploClient('t', rate_limit=explo_async.SharedQuota({}))"
    assert "redis" not in load(client.format("'quota.sqlite'"))
    assert "redis" in load(client.format("'redis://quota/0'"))


def test_clients_of_a_process_share_their_window_without_a_store() -> None:
    """Sending loads nothing more of that kind."""
    program = f"""
{CLIENT}
import asyncio
async def main():
    async with explo_async.ExploClient('t', base_url='http://127.0.0.1:9') as explo:
        await explo._open().gate.take(deadline=float('inf'))
asyncio.run(main())
"""
    assert not load(program) & {"redis", "sqlite3", "explo_async.pacing.stores"}
