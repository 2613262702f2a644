"""What the tests of integrations share: databases to load into, by dlt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.postgres_server import find_postgres, postgres_server
from tests.helpers.services import skip_without
from tests.integrations.warehouse import Warehouse, what_is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def dlt_can_run() -> None:
    """Skip where dlt is not installed with its destinations; where CI runs the tests that is a failure."""
    skip_without(what_is_missing())


@pytest.fixture(scope="session")
def postgres(dlt_can_run: None) -> Iterator[str]:  # noqa: ARG001 -- asked first
    """Run a PostgreSQL for all tests of a process, each of which uses a schema of its own; gives its address."""
    skip_without(None if find_postgres() else "PostgreSQL is not installed")
    with postgres_server() as address:
        yield address


@pytest.fixture
def dlt_at_home(dlt_can_run: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 -- asked first
    """Keep dlt within the test's folder, and off the network."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def duckdb_warehouse(dlt_at_home: None, tmp_path: Path) -> Warehouse:  # noqa: ARG001 -- asked first
    """Give an empty DuckDB."""
    return Warehouse(tmp_path, "duckdb", str(tmp_path / "customers.duckdb"))


@pytest.fixture
def postgres_warehouse(dlt_at_home: None, tmp_path: Path, postgres: str) -> Warehouse:  # noqa: ARG001 -- asked first
    """Give a schema of PostgreSQL that nobody has used."""
    return Warehouse(tmp_path, "postgres", postgres)


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Give an empty place in each of the databases."""
    found: Warehouse = request.getfixturevalue(f"{request.param}_warehouse")
    return found
