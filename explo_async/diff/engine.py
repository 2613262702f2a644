"""A comparison in an engine: both lists brought there, checked and narrowed, and the rest decided.

Importing it without DuckDB and pyarrow, which the extra `files` brings, raises ModuleNotFoundError.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from operator import mul
from typing import TYPE_CHECKING

from explo_async.diff.candidates import decide
from explo_async.diff.difference import Changed, Removed
from explo_async.diff.narrowing import Narrowing
from explo_async.diff.staging import Doubt, stage

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from explo_async.diff.counts import Counts
    from explo_async.diff.difference import Difference
    from explo_async.diff.kept import Kept
    from explo_async.diff.staging import Staged

__all__ = ["Doubt", "compare_in_engine"]

_CHECKED, _JOINED = 0.25, 0.9
"""Which share of the time is over when both lists are checked, and when they are joined."""


def compare_in_engine(
    old: Kept, new: Kept, counts: Counts, folder: Path
) -> Generator[Sequence[Difference], None, None]:
    """Give the differences, some or none at a time, with the help of files in a folder.

    Raises `Doubt` before the first difference where the engine cannot say what differs; `ExportError` for a list that
    cannot be read, OSError where the disk refuses.
    """
    sides: list[Staged] = []
    for name, kept in (("old", old), ("new", new)):
        inner = folder / name
        inner.mkdir()
        before = counts.read
        staging = stage(kept, inner)
        while True:
            try:
                counts.read = before + next(staging)
            except StopIteration as end:
                sides.append(end.value)
                break
            yield ()
    first, second = sides
    olds, news = sum(first.rows), sum(second.rows)
    counts.read = olds + news
    removed = 0
    with Narrowing(first, second, folder) as narrowing:
        for rows in narrowing.check():
            counts.look = partial(mul, _CHECKED, rows / olds)
            yield ()
        counts.look = lambda: _CHECKED + (_JOINED - _CHECKED) * narrowing.joined()
        with closing(narrowing.candidates()) as batches:
            for batch in batches:
                found = decide(batch, second.address)
                removed += sum(isinstance(each, Removed) for each in found)
                counts.changed += sum(isinstance(each, Changed) for each in found)
                yield found
    counts.unchanged = olds - removed - counts.changed
    yield ()
