"""A database that dlt loads into, and what a test asks it for."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.emulator import Emulator

_serials = count()


def what_is_missing() -> str | None:
    """Say what dlt lacks here, or None."""
    return next((f"{name} is not installed" for name in ("dlt", "duckdb", "psycopg2") if find_spec(name) is None), None)


class Warehouse:
    """A database, with the folders of dlt in `folder`."""

    def __init__(self, folder: Path, kind: str, address: str) -> None:
        self.pipelines = folder / "pipelines"
        self.kind = kind
        self._address = address
        self._dataset = f"test_{next(_serials)}"

    def pipeline(self, name: str = "explo") -> Any:
        """Make a pipeline as a new process would."""
        import dlt  # noqa: PLC0415 -- not where it is not installed

        return dlt.pipeline(
            name,
            pipelines_dir=str(self.pipelines),
            destination=getattr(dlt.destinations, self.kind)(self._address),
            dataset_name=self._dataset,
        )

    def load(self, emulator: Emulator, **options: Any) -> Any:
        """Load the list of an emulator; returns what dlt tells."""
        return self.run(customers_of(emulator, **options))

    def run(self, resource: Any, **options: Any) -> Any:
        """Load a resource; returns what dlt tells."""
        return self.pipeline().run(resource, **options)

    def ask(self, query: str) -> list[Any]:
        """Run a query on this dataset; returns its rows, and for one column its values."""
        with self.pipeline().sql_client() as client:
            rows = client.execute_sql(query) or []
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]

    def tables(self) -> set[str]:
        """Name the tables of this dataset that are not dlt's own."""
        named = self.ask(f"select table_name from information_schema.tables where table_schema = '{self._dataset}'")
        return {name for name in named if not name.startswith("_dlt_")}

    def open_rows(self) -> list[Any]:
        """Give id and name of every row of the history that holds, by id."""
        return self.ask("select provided_id, name from customers where _dlt_valid_to is null order by 1, 2")

    def closed_rows(self) -> list[Any]:
        """Give id and name of every row of the history that has been ended, by id."""
        return self.ask("select provided_id, name from customers where _dlt_valid_to is not null order by 1, 2")


def customers_of(emulator: Emulator, **options: Any) -> Any:
    """Make the resource of an emulator's list."""
    from explo_async.integrations.dlt import customers  # noqa: PLC0415 -- not where dlt is not installed

    if "make_client" not in options:
        options = {"token": emulator.token, "base_url": emulator.url, **options}
    return customers(**options)


def causes(error: BaseException | None, kind: type[BaseException]) -> list[BaseException]:
    """List the causes of an error that are of a kind, and itself if it is."""
    found = []
    while error is not None:
        if isinstance(error, kind):
            found.append(error)
        error = error.__cause__
    return found
