"""Compare two lists of customers, each an iterable, an export or a snapshot: what was added, removed and changed."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from attrs import frozen

from explo_async.diff.difference import Added, Changed, Removed
from explo_async.diff.matching import Matcher
from explo_async.diff.snapshots import is_snapshot_address, open_side
from explo_async.errors import ConfigurationError, ExportError
from explo_async.files.file_errors import faulty
from explo_async.files.formats import CHUNK, JSON_LINES, find_format
from explo_async.files.origin import REPORT_ENDING, find_origin
from explo_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from explo_async.diff.difference import Difference
    from explo_async.files.formats import Format
    from explo_async.files.origin import Origin
    from explo_async.models import Customer
    from explo_async.record import Record


__all__ = ["Added", "Changed", "Diff", "Removed", "compare", "iter_differences"]

TEXTS = ("jsonl", "jsonl.gz", "jsonl.zst", "csv")
"""Formats that may be cut off, or have lines taken out, and still look whole."""


@runtime_checkable
class Readable(Protocol):
    """What gives the customers of a list, as a `Snapshot` does."""

    @property
    def address(self) -> str:
        """What errors call it by."""

    def records(self) -> Generator[list[Record], None, None]:
        """Give the customers, some at a time."""


if TYPE_CHECKING:
    Source = Iterable[Customer] | Readable | str | PathLike[str]


@frozen(repr=False)
class Diff:
    """What differs between two lists of customers; false when nothing does."""

    added: tuple[Customer, ...]
    """In the order of the new list."""
    removed: tuple[Customer, ...]
    """In the order of the old list."""
    changed: tuple[Changed, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __repr__(self) -> str:
        # Short, as that of `CustomerList`.
        counts = f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"
        return f"<Diff: {counts}, {self.unchanged} unchanged>"

    def to_dict(self, *, with_tokens: bool = False) -> dict[str, Any]:
        """Return the differences as JSON has them; tokens, and the values of those that changed, only if asked for.

        `attrs.asdict` gives everything, the tokens too.
        """
        return {
            "added": [customer.to_dict(with_tokens=with_tokens) for customer in self.added],
            "removed": [customer.to_dict(with_tokens=with_tokens) for customer in self.removed],
            "changed": [changed.to_dict(with_tokens=with_tokens) for changed in self.changed],
            "unchanged": self.unchanged,
        }


def compare(old: Source, new: Source) -> Diff:
    """Return all differences between two lists, each an iterable of customers, an export or a snapshot.

    An export is given by its path; a snapshot as it was opened, or by its address, or by that of the folder of all
    runs for the newest. Values are compared as JSON, where a null list or mapping is an empty one; tokens only where
    both sides have them.
    Raises `ExportError` for a file that cannot be read or has an id twice, ValueError for an iterable that does.
    """
    matcher = make_matcher(old, new)
    found = list(_walk(matcher, old, new))
    return Diff(
        added=tuple([each.customer for each in found if isinstance(each, Added)]),
        removed=tuple([each.customer for each in found if isinstance(each, Removed)]),
        changed=tuple([each for each in found if isinstance(each, Changed)]),
        unchanged=matcher.unchanged,
    )


def iter_differences(old: Source, new: Source) -> Generator[Difference, None, None]:
    """Give the differences one by one: each change as soon as it is known, at the end what was removed, then added.

    Of two lists in nearly the same order it keeps little more than the ids. Raises what `compare` raises.
    """
    return _walk(make_matcher(old, new), old, new)


def make_matcher(old: Source, new: Source) -> Matcher:
    """Return a matcher whose errors name the two."""
    return Matcher(_doubled_in(old, "old"), _doubled_in(new, "new"))


def read_export(path: Path, report: Path | None = None) -> Generator[list[Record], None, None]:
    """Give the customers of an export, some at a time; `report` is the one of this export, where it is not beside it.

    An empty file of JSON Lines is a list only where its report says so, and one with a report has as many as that says.
    Raises `ExportError` for what cannot be read, `ConfigurationError` for a format that is unknown or not installed.
    """
    form = find_named_format(path)
    customers = 0
    try:
        for chunk in form.load().read(path):
            customers += len(chunk)
            yield chunk
        if form.name in TEXTS:
            check_number(path, customers, find_origin(path, form, report), must_be_known=form is JSON_LINES)
    except OSError as error:
        what = f"cannot read {str(path)!r}: {error.strerror or error}"
        raise ExportError(what, file=str(path), advice="give the path of an export") from error


def find_named_format(path: Path) -> Format:
    """Return the format of an export, by its name alone. Raises `ConfigurationError`."""
    try:
        return find_format(path)
    except ConfigurationError as error:
        raise ConfigurationError(error.what, advice="name the file so") from None


def check_number(path: Path, customers: int, origin: Origin | None, *, must_be_known: bool) -> None:
    """Raise `ExportError` for a text that has another number of customers than its report says.

    And for an empty one without a report, if that `must_be_known`: it may have been cut off, or never written.
    """
    if origin is None:
        if must_be_known and not customers:
            what = f"{str(path)!r} is empty, and no report says that the list was"
            advice = f"export the list anew, with a report in {path.name}{REPORT_ENDING} beside it"
            raise ExportError(what, file=str(path), advice=advice)
    elif customers != origin.customers:
        raise faulty(path, f"there are {customers:,} customers, and its report says {origin.customers:,}")


def _walk(matcher: Matcher, old: Source, new: Source) -> Generator[Difference, None, None]:
    with closing(_chunks(old)) as olds, closing(_chunks(new)) as news:
        sides = [(matcher.feed_old, olds), (matcher.feed_new, news)]
        while True:
            for feed, chunks in sides if matcher.wants_old else sides[::-1]:
                if (chunk := next(chunks, None)) is not None:
                    yield from feed(chunk)
                    break
            else:
                break
    yield from matcher.finish()


def _chunks(source: Source) -> Generator[Sequence[Customer | Record], None, None]:
    if isinstance(source, Readable):
        yield from source.records()
        return
    if isinstance(source, str | PathLike):
        yield from open_side(source).records() if is_snapshot_address(source) else read_export(Path(source))
        return
    customers = iter(source)
    while chunk := list(islice(customers, CHUNK)):
        yield chunk


def _doubled_in(source: Source, side: str) -> Callable[[str], Exception]:
    def doubled(provided_id: str) -> Exception:
        what = f"the customer {shorten(repr(provided_id), 60)} is there twice"
        if isinstance(source, Readable | str | PathLike):
            return faulty(source.address if isinstance(source, Readable) else os.fspath(source), what)
        return ValueError(f"the {side} list of customers: {what}")

    return doubled
