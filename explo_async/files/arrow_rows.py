"""Rows that are places in an Arrow batch: a body becomes columns at once, in a quarter of the memory of its records."""

from __future__ import annotations

from functools import partial
from itertools import groupby, pairwise, repeat
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.page import DecodedPage, RowKind
from explo_async.files.arrow_columns import from_batch, to_batch
from explo_async.files.logged_rows import decode_logged
from explo_async.record import customer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from explo_async.models import Customer


class ArrowRow(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One customer, as a row of a batch."""

    provided_id: str
    hierarchy_level: str | None
    batch: pa.RecordBatch
    index: int


_batch_of = attrgetter("batch")


def decode_arrow_rows(
    body: bytes, *, page: int, collect_invalid: bool = False, with_tokens: bool
) -> DecodedPage[ArrowRow]:
    """Read a listing's body; raises what `decode_records` raises."""
    with CollectorPaused():
        decoded = decode_logged(body, page=page, collect_invalid=collect_invalid)
        batch = to_batch(decoded.rows, with_tokens=with_tokens)
        ids, levels = ([getattr(row, name) for row in decoded.rows] for name in ("provided_id", "hierarchy_level"))
        rows = map(ArrowRow, ids, levels, repeat(batch), range(len(ids)))
        return DecodedPage(
            total_count=decoded.total_count,
            rows=tuple(rows),
            provided_ids=decoded.provided_ids,
            invalid=decoded.invalid,
            has_next=decoded.has_next,
            is_camel=decoded.is_camel,
        )


def arrow_rows(*, with_tokens: bool) -> RowKind[ArrowRow]:
    """Return the kind of these rows; the customers' own tokens, which are credentials, only if asked for."""
    return RowKind(partial(decode_arrow_rows, with_tokens=with_tokens), _to_customers)


def batches_of(rows: Iterable[ArrowRow]) -> Iterator[pa.RecordBatch]:
    """Give the batches that hold these rows and no others, in their order; without a copy where they lie together."""
    for batch, group in groupby(rows, _batch_of):
        places = [row.index for row in group]
        if all(after == before + 1 for before, after in pairwise(places)):
            yield batch.slice(places[0], len(places))
        else:
            yield batch.take(places)


def _to_customers(rows: Iterable[ArrowRow]) -> Iterator[Customer]:
    for batch in batches_of(rows):
        yield from map(customer_of, from_batch(batch))
