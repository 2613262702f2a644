"""`fetch_table`: the whole list as a pyarrow Table, and so for pandas, polars and DuckDB (extra `arrow`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.extras import install_hint

try:
    import pyarrow as pa
except ModuleNotFoundError as _error:
    if _error.name != "pyarrow":
        raise
    _msg = f"explo_async.arrow needs pyarrow: {install_hint('arrow')}"
    raise ModuleNotFoundError(_msg, name="pyarrow") from None

from explo_async.files.arrow_columns import schema
from explo_async.files.arrow_rows import arrow_rows, batches_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.client import ExploClient
    from explo_async.engine.listing import Consistency
    from explo_async.progress import Progress

__all__ = ["fetch_table", "schema"]


async def fetch_table(
    client: ExploClient,
    *,
    with_tokens: bool = False,
    parent_provided_id: str | None = None,
    hierarchy_level_name: str | None = None,
    page_size: int = MAX_PAGE_SIZE,
    consistency: Consistency = "checked",
    expected_total: int | None = None,
    timeout: float | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> pa.Table:
    """Return all customers, each once, in listing order, one chunk a page, in the columns of `schema`.

    The customers' own tokens, which are credentials, are a column only `with_tokens`. Lists and mappings are null
    where the API says null, and empty where it says empty. The options, and what is raised, are those of
    `client.customers.list`; a record that cannot be read raises `DecodeError`.
    """
    stream = client.customers.stream(
        parent_provided_id=parent_provided_id,
        hierarchy_level_name=hierarchy_level_name,
        page_size=page_size,
        consistency=consistency,
        expected_total=expected_total,
        timeout=timeout,
        on_progress=on_progress,
    )
    async with stream:
        pages = stream.rows(arrow_rows(with_tokens=with_tokens))
        batches = [batch async for page in pages for batch in batches_of(page.rows)]
    return pa.Table.from_batches(batches, schema=schema(with_tokens=with_tokens))
