"""One comparison under way: in an engine where both lists were kept and are long, else customer by customer.

Both ways give the same differences in the same order.
"""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from itertools import islice
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from explo_async.diff.counts import Counts
from explo_async.diff.kept import Kept, KeptExport
from explo_async.diff.matching import Matcher
from explo_async.diff.snapshots import is_snapshot_address, open_side
from explo_async.files.file_errors import faulty
from explo_async.files.formats import CHUNK
from explo_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from types import ModuleType

    from explo_async.diff.difference import Difference
    from explo_async.models import Customer
    from explo_async.record import Record

    Source = Iterable[Customer] | Kept | str | PathLike[str]

WORTH_AN_ENGINE = 4 * 2**20
"""Bytes of two exports from which on an engine is faster, though it has to be loaded first."""


class Comparison:
    """Compares two lists, once. Raises what `open_snapshot` raises, `ConfigurationError` for an unknown format."""

    def __init__(self, old: Source, new: Source) -> None:
        self.counts: Counts = Counts()
        self._old, self._new = _open(old), _open(new)

    def steps(self) -> Generator[Sequence[Difference], None, None]:
        """Give the differences, some or none at a time: changes as they are known, then what was removed, then added.

        Both lists are read in step, a thousand customers at a time, the old one first, and a change is known when the
        second of its two rows is met. Raises `ExportError` for a file that cannot be read or has an id twice,
        ValueError for an iterable that does.
        """
        old, new = self._old, self._new
        engine = None
        if isinstance(old, Kept) and isinstance(new, Kept) and _size(old) + _size(new) >= WORTH_AN_ENGINE:
            engine = _load_engine()
        if engine is None:
            yield from self._in_step()
            return
        try:
            with TemporaryDirectory(prefix="explo-async-") as folder:
                yield from engine.compare_in_engine(old, new, self.counts, Path(folder))
        except engine.Doubt:
            # Nothing has been told of yet; the other way finds what is wrong, and where.
            self.counts = Counts()
            yield from self._in_step()

    def _in_step(self) -> Generator[Sequence[Difference], None, None]:
        matcher, counts = make_matcher(self._old, self._new), self.counts
        with closing(_chunks(self._old)) as olds, closing(_chunks(self._new)) as news:
            sides = [(matcher.feed_old, olds), (matcher.feed_new, news)]
            while True:
                for feed, chunks in sides if matcher.wants_old else sides[::-1]:
                    if (chunk := next(chunks, None)) is not None:
                        changes = feed(chunk)
                        counts.read += len(chunk)
                        counts.changed += len(changes)
                        counts.unchanged = matcher.unchanged
                        yield changes
                        break
                else:
                    break
        rest = matcher.finish()
        while differences := list(islice(rest, CHUNK)):
            yield differences


def _load_engine() -> ModuleType | None:
    try:
        return import_module("explo_async.diff.engine")
    except ModuleNotFoundError:
        return None


def make_matcher(old: object, new: object) -> Matcher:
    """Return a matcher whose errors name the two lists."""
    return Matcher(_doubled_in(old, "old"), _doubled_in(new, "new"))


def _open(source: Source) -> Iterable[Customer] | Kept:
    if isinstance(source, str | PathLike):
        return open_side(source) if is_snapshot_address(source) else KeptExport(Path(source))
    return source


def _size(kept: Kept) -> int:
    return kept.size if isinstance(kept, KeptExport) else WORTH_AN_ENGINE


def _chunks(source: Iterable[Customer] | Kept) -> Generator[Sequence[Customer | Record], None, None]:
    """Give so many customers at a time, whatever pieces they come in: the order of what differs depends on that."""
    if isinstance(source, Kept):
        with closing(source.records()) as chunks:
            yield from _rechunk(each for chunk in chunks for each in chunk)
    else:
        yield from _rechunk(iter(source))


def _rechunk(customers: Iterator[Customer | Record]) -> Generator[Sequence[Customer | Record], None, None]:
    while chunk := list(islice(customers, CHUNK)):
        yield chunk


def _doubled_in(source: object, side: str) -> Callable[[str], Exception]:
    def doubled(provided_id: str) -> Exception:
        what = f"the customer {shorten(repr(provided_id), 60)} is there twice"
        if isinstance(source, Kept):
            return faulty(source.address, what)
        return ValueError(f"the {side} list of customers: {what}")

    return doubled
