"""Exports of tests: whole, or broken off on the way, and what is in a file and in a folder then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from explo_async import ServerError
from explo_async.export.run import Export, Wanted
from explo_async.files.formats import FORMATS, find_format
from explo_async.wire.call import Filters
from tests.helpers.clients import ONCE, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.emulator import Emulator, Seen
    from explo_async.progress import Progress
    from explo_async.record import Record
    from explo_async.stream import CustomerStream


NAMES = [form.name for form in FORMATS]
SLOWLY: dict[str, Any] = {"retry": ONCE, "max_concurrency": 2}
"""The options of a client that gives up at once, and asks for little at a time."""


@define
class Told:
    """Notes what an export tells."""

    already: int = -1
    pages: int = 0
    written: list[int] = field(factory=list)

    def watch(self, stream: CustomerStream, *, already: int) -> None:
        """Take it in."""
        assert stream.report is None
        self.already = already

    def note(self, progress: Progress) -> None:
        """Take it in."""
        self.pages = progress.pages

    def note_written(self, customers: int, total: int) -> None:
        """Take it in."""
        assert customers <= total
        self.written.append(customers)


def wanted(target: Path, **options: Any) -> Wanted:
    """Say what is to be exported, in pages of 100."""
    usual = {"form": find_format(target), "filters": Filters(), "page_size": 100}
    return Wanted(target=target, **{**usual, **options})


async def export(emulator: Emulator, target: Path, *, token: str | None = None, **options: Any) -> tuple[int, Told]:
    """Export, page by page; return how many customers there are, and what was told."""
    told = Told()
    async with client_of(emulator, **SLOWLY, token=token or emulator.token) as explo:
        run = Export(explo, wanted(target, **options), told)
        await run.run()
    return run.kept, told


async def break_off(emulator: Emulator, target: Path, *, at_page: int = 9, **options: Any) -> int:
    """Let an export fail on the way; return how many customers it keeps.

    With two requests at once at most six pages are asked for and not written, the one that fails among them. And the
    three pages before that one are never written: each would need the answer to a page that is sent after it has come,
    and to all those that are then under way.
    """

    def fail(seen: Seen) -> None:
        if seen.page == at_page:
            raise ConnectionError

    emulator.on_request = fail
    async with client_of(emulator, **SLOWLY) as explo:
        run = Export(explo, wanted(target, **options), Told())
        with pytest.raises(ServerError):
            await run.run()
    emulator.on_request = None
    return run.kept


def read_file(path: Path) -> list[Record]:
    """Read a file back."""
    return [record for chunk in find_format(path).load().read(path) for record in chunk]


def names_in(folder: Path) -> set[str]:
    """List what is in a folder."""
    return {path.name for path in folder.iterdir()}
