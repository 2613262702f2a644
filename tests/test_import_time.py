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
    assert not loaded & {"cattrs", "cyclopts", "duckdb", "pyarrow", "pytest", "rich", "sqlite3", "stamina", "tenacity"}
    ours = {name.split(".")[1] for name in loaded if name.startswith("explo_async.")}
    assert not ours & {"arrow", "cli", "diff", "emulator", "export", "files", "pytest_plugin"}


def test_another_record_loads_cattrs() -> None:
    """A record with a field that is not documented is read by it."""
    assert "cattrs" in load(READ % ', "new": 1')
