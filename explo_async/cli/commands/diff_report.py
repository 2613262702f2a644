"""What `customers diff` prints: a table with a line for each difference, or JSON Lines. No value of a token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from explo_async.cli.stdout import Output, say_what_fits
from explo_async.diff.difference import Changed, differing_keys, pick
from explo_async.files.lines import encode_lines
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.diff.difference import Difference

    Values = Mapping[str, object]
    """A value under "old" and one under "new", either absent where there is none."""

COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}
"""The kinds of differences, in the order in which they are summed up."""
_ENCODER = msgspec.json.Encoder()


class Report(ABC):
    """Takes in differences, and counts them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter(dict.fromkeys(COLOURS, 0))

    async def add(self, differences: Sequence[Difference]) -> None:
        """Take in differences as they are found."""
        self.counts.update([each.kind for each in differences])
        await self._take(differences)

    @abstractmethod
    async def end(self, unchanged: int) -> None:
        """Sum up a comparison that came to its end."""

    @abstractmethod
    async def _take(self, differences: Sequence[Difference]) -> None: ...


class JsonReport(Report):
    """Writes an object for each difference at once, and one of the kind "summary" last, once all is compared."""

    def __init__(self) -> None:
        super().__init__()
        self._output = Output()

    async def end(self, unchanged: int) -> None:
        """Write the summary."""
        await self._write([{"kind": "summary", **self.counts, "unchanged": unchanged}])

    async def _take(self, differences: Sequence[Difference]) -> None:
        if differences:
            await self._write(list(map(_to_json, differences)))

    async def _write(self, lines: list[dict[str, object]]) -> None:
        await self._output.write(_ENCODER.encode_lines(lines))


class TableReport(Report):
    """Prints a table at the end: the first differences, how many more there are, and the summary."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._shown: list[Difference] = []

    async def end(self, unchanged: int) -> None:
        """Print it all."""
        console = Console(highlight=False)
        with console.capture() as printed:
            if self._shown:
                console.print(_tabulate(self._shown, console.width))
            if more := self.counts.total() - len(self._shown):
                console.print(f"and {more:,} more; --json shows all")
            counts = ", ".join(f"{count:,} {kind}" for kind, count in (*self.counts.items(), ("unchanged", unchanged)))
            console.print(counts)
        lines = [line.rstrip() for line in printed.get().splitlines()]
        say_what_fits("".join(f"{line}\n" for line in lines))

    async def _take(self, differences: Sequence[Difference]) -> None:
        self._shown += differences[: self._limit - len(self._shown)]


def _to_json(difference: Difference) -> dict[str, object]:
    if isinstance(difference, Changed):
        return {"kind": difference.kind, **difference.to_dict()}
    customer = difference.customer
    line = encode_lines([customer], with_tokens=False)
    return {"kind": difference.kind, "provided_id": customer.provided_id, "customer": msgspec.Raw(line.rstrip())}


def _tabulate(differences: Sequence[Difference], width: int) -> Table:
    """Make a line of each; ids stay as they are as long as they leave half of the width."""
    table = Table("", "provided_id", "name", "change", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    kinds, ids, names, _ = table.columns
    kinds.no_wrap = ids.no_wrap = True
    names.max_width = width // 4
    # Two values and their field share what the other columns leave.
    most = max(10, width // 2 - 30)
    for each in differences:
        customer = each.new if isinstance(each, Changed) else each.customer
        cells = (
            _cut(one_line(customer.provided_id), width // 2),
            one_line(customer.name or ""),
            one_line(", ".join(_describe_all(each, most))) if isinstance(each, Changed) else "",
        )
        # No markup: these are texts of others.
        table.add_row(
            Text(each.kind, COLOURS[each.kind]), *(Text(cell, no_wrap=True, overflow="ellipsis") for cell in cells)
        )
    return table


def _describe_all(changed: Changed, most: int) -> Iterator[str]:
    for name in changed.fields:
        yield from _describe(name, _values(changed, name), most)


def _describe(name: str, values: Values, most: int) -> Iterator[str]:
    """Tell what changed in a field, a value in at most so many letters; of a mapping each key that differs."""
    old, new = values.get("old"), values.get("new")
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in differing_keys(old, new):
            yield from _describe(f"{name}.{key}", pick(key, old, new), most)
    elif values:
        yield f"{name} {' → '.join(_show(values, side, most) for side in ('old', 'new'))}"
    else:
        yield name


def _show(values: Values, side: str, most: int) -> str:
    return _cut(_ENCODER.encode(values[side]).decode(), most) if side in values else "absent"


def _cut(text: str, most: int) -> str:
    """Shorten a text to so many columns of a terminal."""
    cut = Text(text)
    cut.truncate(most, overflow="ellipsis")
    return cut.plain


def _values(changed: Changed, name: str) -> Values:
    """Return what a field was and is; nothing for the token, whose values nobody may see."""
    return {} if name == "token" else changed.values(name)
