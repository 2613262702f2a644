"""The list of customers as a resource of dlt, proved before anything of it is loaded (extra `dlt`).

dlt normalizes and loads nothing of an extraction that has raised: <https://dlthub.com/docs/reference/explainers/how-dlt-works>.
A list that breaks off, or cannot be proved, so replaces nothing and retires nobody.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from explo_async.extras import install_hint

try:
    import dlt
    import pyarrow as pa  # noqa: F401 -- to name what is missing
except ModuleNotFoundError as _error:
    if _error.name not in {"dlt", "pyarrow"}:
        raise
    _msg = f"explo_async.integrations.dlt needs {_error.name}: {install_hint('dlt')}"
    raise ModuleNotFoundError(_msg, name=_error.name) from None

from attrs import asdict, frozen

from explo_async.checks import check_choice, check_flag, check_text
from explo_async.client import ExploClient
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.engine.listing import Listing, Provable
from explo_async.errors import ConfigurationError
from explo_async.files.columns import JSON_COLUMNS, column_names
from explo_async.files.database_batches import ROW_VERSION, to_database_batch
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from yarl import URL

    from explo_async.models import FetchReport
    from explo_async.record import RecordPage
    from explo_async.stream import CustomerStream

__all__ = ["customers"]

_HISTORY = {"disposition": "merge", "strategy": "scd2", "row_version_column_name": ROW_VERSION}
_STATE = "explo_filters"
_RUN_COLUMNS = {
    "begun": {"data_type": "timestamp", "nullable": False},
    "ended": {"data_type": "timestamp", "nullable": False},
    "verdict": {"data_type": "text", "nullable": False},
    "basis": {"data_type": "text"},
    "customers": {"data_type": "bigint", "nullable": False},
    "parent_provided_id": {"data_type": "text"},
    "hierarchy_level_name": {"data_type": "text"},
    "report": {"data_type": "json", "nullable": False},
}


def customers(
    token: str | None = None,
    *,
    base_url: str | URL | None = None,
    make_client: Callable[[], ExploClient] | None = None,
    name: str = "customers",
    history: bool = False,
    with_tokens: bool = False,
    parent_provided_id: str | None = None,
    hierarchy_level_name: str | None = None,
    page_size: int = MAX_PAGE_SIZE,
    consistency: Provable = "checked",
    expected_total: int | None = None,
    timeout: float | None = None,
) -> Any:
    """Return a resource of dlt with all customers, each once, in listing order, for the table `name`.

    Each load replaces the table. With `history` a row is kept for each state of each customer instead (dlt's scd2), and
    what holds has null in `_dlt_valid_to`; states differ where `diff.compare` says so, their own tokens apart. These,
    which are credentials, are a column only `with_tokens`. Lists and mappings are JSON. The proof of each load is a row
    of the table `<name>_runs`, in the same package.

    `token` and `base_url` are `ExploClient`'s, and `make_client` makes one with other settings in their place. The
    other options are those of `client.customers.stream`. The list is asked for when dlt extracts the resource, each
    time anew; what the stream raises, dlt raises as the cause of its own errors, and loads nothing. So it does with the
    `ConfigurationError` for a history that was begun with other filters.

    Raises `ConfigurationError` for arguments that cannot work.
    """
    check_text("name", name)
    check_flag("history", history)
    check_flag("with_tokens", with_tokens)
    check_choice("consistency", consistency, get_args(Provable))
    if make_client is not None and (token is not None or base_url is not None):
        msg = "make_client makes the whole client, and `token` or `base_url` was given"
        raise ConfigurationError(msg, advice="give them to ExploClient there")
    listing = Listing(
        filters=Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name),
        page_size=page_size,
        consistency=consistency,
        expected_total=expected_total,
        timeout=timeout,
    )
    # No partial, which would show the token.
    connect = make_client or (lambda: ExploClient(token, base_url=base_url))
    ask = _Ask(connect=connect, listing=listing, history=history, with_tokens=with_tokens, runs=f"{name}_runs")
    _expected.resources.add(name)
    logging.getLogger("dlt").addFilter(_expected)

    # A closure: the arguments of a resource's function are looked up in dlt's configuration, and shown in its traces.
    def extract() -> Iterator[_Pages]:
        ask.check_filters()
        yield _Pages(ask)

    return dlt.resource(
        extract,
        name=name,
        write_disposition=_HISTORY if history else "replace",
        columns=_column_hints(with_tokens=with_tokens),
    )


@frozen
class _Ask:
    """What a resource is to do each time that it is extracted."""

    connect: Callable[[], ExploClient]
    listing: Listing
    history: bool
    with_tokens: bool
    runs: str
    """The table of the proofs."""

    @property
    def filters(self) -> dict[str, str | None]:
        """The filters by the names of their arguments, as JSON has them."""
        return asdict(self.listing.filters)

    async def open(self) -> AsyncGenerator[CustomerStream]:
        """Give the stream, and close it and the client when this is closed."""
        asked = self.listing
        async with (
            self.connect() as explo,
            explo.customers.stream(
                parent_provided_id=asked.filters.parent_provided_id,
                hierarchy_level_name=asked.filters.hierarchy_level_name,
                page_size=asked.page_size,
                consistency=asked.consistency,
                expected_total=asked.expected_total,
                timeout=asked.timeout,
            ) as stream,
        ):
            yield stream

    def check_filters(self) -> None:
        """Refuse to go on with a history of other customers: whoever is not in a list is retired."""
        state = dlt.current.resource_state()
        before = state.get(_STATE, self.filters)
        if self.history and before != self.filters:
            asked = self.listing.filters
            msg = f"the history is of the list {Filters(**before)}, and a list {asked} would end it for others"
            raise ConfigurationError(msg, advice="give this list another name, or a pipeline of its own")
        # What an extraction that fails has put there is forgotten with it.
        state[_STATE] = self.filters


class _Pages:
    """The batches of one extraction as dlt's event loop asks for them, and the proof at the end.

    No generator: when dlt breaks an extraction off it cancels the step under way and stops its loop once all generators
    there are closed, and one that is at work cannot be (`asyncio.loop.shutdown_asyncgens`). The one that holds the
    client is at rest all the while that a page is awaited, so that the loop goes on until nothing is left.
    """

    def __init__(self, ask: _Ask) -> None:
        self._ask = ask
        self._opened = ask.open()
        self._begun = datetime.now(UTC)
        self._stream: CustomerStream | None = None
        self._pages: AsyncIterator[RecordPage] | None = None
        self._proof: Iterator[Any] = iter(())

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        if self._stream is None:
            self._stream = await anext(self._opened)
            self._pages = self._stream.records()
            # An empty list has a table as well, and ends every row of a history.
            return to_database_batch((), with_tokens=self._ask.with_tokens)
        if self._pages is not None:
            async for page in self._pages:
                return to_database_batch(page.records, with_tokens=self._ask.with_tokens)
            self._pages = None
            await self._opened.aclose()
            assert self._stream.report is not None  # noqa: S101 -- for the type checker: it has ended
            self._proof = self._prove(self._stream.report)
        for item in self._proof:
            return item
        raise StopAsyncIteration

    def _prove(self, report: FetchReport) -> Iterator[Any]:
        """Give what dlt has to know of the table of the proofs, and the proof."""
        row = {
            "begun": self._begun,
            "ended": datetime.now(UTC),
            "verdict": report.verdict,
            "basis": report.basis,
            "customers": report.customers,
            **self._ask.filters,
            "report": report.to_dict(),
        }
        own = {"table_name": self._ask.runs, "write_disposition": "append", "primary_key": "", "merge_key": ""}
        # A table that a resource has besides its own begins with the hints of that one: away with its columns first.
        for items, columns in (([], {}), ([row], _RUN_COLUMNS)):
            hints = dlt.mark.make_hints(**own, columns=columns)
            yield dlt.mark.with_hints(items, hints, create_table_variant=True)


def _column_hints(*, with_tokens: bool) -> dict[str, dict[str, Any]]:
    """Say of each column what its Arrow type does not."""
    hints: dict[str, dict[str, Any]] = {}
    for name in (*column_names(with_tokens=with_tokens), ROW_VERSION):
        # A merge key that an earlier run has left would keep rows from being retired, and stays until it is denied:
        # https://github.com/dlt-hub/dlt/issues/2440
        hints[name] = {"merge_key": False}
        if name in JSON_COLUMNS:
            hints[name]["data_type"] = "json"
    return hints


class _Expected(logging.Filter):
    """Holds back what dlt would say of each page: that a column of JSON comes as text, as it is meant to."""

    def __init__(self) -> None:
        super().__init__()
        self.resources: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        return not any(said.startswith(f"In resource: {name}, when merging arrow schema ") for name in self.resources)


_expected = _Expected()
