"""`customers export -`: the customers to standard output, in a format that needs no file to be made in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from explo_async.cli.stdout import Output
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.errors import ConfigurationError
from explo_async.files.csv_file import encode_header, encode_rows
from explo_async.files.lines import encode_lines
from explo_async.files.origin import Certificate, write_report
from explo_async.threads import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.client import ExploClient
    from explo_async.export.run import Wanted, Watch
    from explo_async.record import Record

FORMATS = ("csv", "jsonl")


def check_output(form: str | None, *, resume: bool, overwrite: bool) -> None:
    """Raise `ConfigurationError` for what cannot be written to standard output."""
    if form not in FORMATS:
        what = f"standard output takes one of {', '.join(FORMATS)}" if form else "standard output has no ending"
        raise ConfigurationError(what, advice=f"give --format {' or --format '.join(FORMATS)}")
    if resume or overwrite:
        what = f"there is nothing to {'resume' if resume else 'overwrite'} on standard output"
        raise ConfigurationError(what, advice=f"leave --{'resume' if resume else 'overwrite'} out, or name a file")


async def export_to_stdout(explo: ExploClient, wanted: Wanted, watch: Watch) -> None:
    """Write page by page, and the report at the end; until then what was written is provisional."""
    output = Output()
    stream = explo.customers.stream(
        parent_provided_id=wanted.filters.parent_provided_id,
        hierarchy_level_name=wanted.filters.hierarchy_level_name,
        page_size=MAX_PAGE_SIZE if wanted.page_size is None else wanted.page_size,
        consistency=wanted.consistency,
        timeout=wanted.timeout,
        on_progress=watch.note,
    )
    watch.watch(stream, already=0)

    def encode(records: Sequence[Record]) -> bytes:
        if wanted.form.name == "csv":
            return encode_rows(records, with_tokens=wanted.with_tokens)
        return encode_lines(records, with_tokens=wanted.with_tokens)

    head = encode_header(with_tokens=wanted.with_tokens) if wanted.form.name == "csv" else b""
    customers = 0
    async with stream:
        async for page in stream.records():
            await output.write(head + encode(page.records))
            customers += len(page.records)
            head = b""
        # Nobody is a list of customers as well.
        await output.write(head)
    if wanted.report:
        certificate = Certificate(
            parent_provided_id=wanted.filters.parent_provided_id,
            hierarchy_level_name=wanted.filters.hierarchy_level_name,
            consistency=wanted.consistency,
            with_tokens=wanted.with_tokens,
            customers=customers,
            report=msgspec.to_builtins(stream.report),
        )
        await beside(write_report, wanted.report, certificate)
