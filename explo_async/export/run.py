"""An export from the first request to the file in its place; broken off at any point, it can go on from there."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from attrs import frozen

from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.errors import ExportError
from explo_async.export.journal import Heading
from explo_async.export.part import Block, Part
from explo_async.export.target import check_place, check_target, make_target
from explo_async.files.lines import encode_lines
from explo_async.files.logged_rows import LOGGED_ROWS
from explo_async.files.origin import Certificate, write_report
from explo_async.threads import MOST_GATHERED, Gathering, beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from explo_async.client import ExploClient
    from explo_async.engine.listing import Provable
    from explo_async.files.formats import Format
    from explo_async.models import FetchReport
    from explo_async.progress import Progress
    from explo_async.stream import CustomerStream
    from explo_async.wire.call import Filters

COMPARED = ("format", "with_tokens", "consistency", "parent_provided_id", "hierarchy_level_name")
"""What an export may not be resumed with another value of, by the names of `Heading`."""


class AnotherExport(ExportError):
    """The interrupted export is one of another list, or to another kind of file, than the one that should go on.

    `was` has what it was begun with by the names in `COMPARED`, only where that differs; `same_account` is False
    when the token or the address differs, of which nothing is known but that.
    """

    def __init__(self, what: str, *, same_account: bool, was: Mapping[str, str | bool | None], **context: Any) -> None:
        super().__init__(what, **context)
        self.same_account = same_account
        self.was = was


@frozen(kw_only=True)
class Wanted:
    """What is to be exported, and where to."""

    target: Path
    form: Format
    filters: Filters
    with_tokens: bool = False
    """Whether the customers' own tokens, which are credentials, are part of it."""
    page_size: int | None = None
    """Rows a page to ask for; None: as the export that is resumed, or else the most that Explo gives."""
    consistency: Provable = "checked"
    timeout: float | None = None
    """Float seconds for reading the list."""
    overwrite: bool = False
    """Whether a file in the target's place, or what an interrupted export left, may be replaced."""
    report: Path | None = None
    """Where to write how it was made and what was proved; a former report there is replaced."""
    resume: bool = False
    """Whether to go on from where an interrupted export ended, if there is one."""


class Watch(Protocol):
    """What is told of an export while it runs, in the event loop."""

    def watch(self, stream: CustomerStream, *, already: int) -> None:
        """Hear of the stream that is read from now on, and of how many customers were there before."""

    def note(self, progress: Progress) -> None:
        """Hear of a page that has come."""

    def note_written(self, customers: int, total: int) -> None:
        """Hear of how many customers, of so many, the file has that is made once all have been read."""


class Export:
    """One export, run once."""

    def __init__(self, client: ExploClient, wanted: Wanted, watch: Watch) -> None:
        self.kept: int = 0
        """How many customers there are once it has ended: in the target, or for an export that goes on from there."""
        self.report: FetchReport | None = None
        """What was proved of the list; None as long as it has not been read, also where a former export had read it."""
        self._client = client
        self._wanted = wanted
        self._watch = watch

    async def run(self) -> None:
        """Make the file. What cannot be finished stays in the part file beside it.

        Raises `ExportError` for what the disk or a former export refuses, `AnotherExport` among them,
        `ConfigurationError` for a target or a format that cannot be, and what a stream of customers raises.
        """
        wanted = self._wanted
        # What it needs may take a second to import.
        await beside(wanted.form.load)
        try:
            check_place(wanted.target)
            if wanted.report:
                check_place(wanted.report)
            part = Part(wanted.target)
            with contextlib.ExitStack() as scope:
                part.check_free()
                if not (wanted.resume and part.journal_path.exists()):
                    check_target(wanted.target, overwrite=wanted.overwrite)
                scope.enter_context(part)
                scope.push(partial(_tidy, part))
                await self._run(part)
        except OSError as error:
            what = f"cannot write {str(wanted.target)!r}: {error.strerror or error}"
            raise ExportError(what, file=str(wanted.target)) from error

    async def _run(self, part: Part) -> None:
        wanted = self._wanted
        former = part.journal.heading if part.journal else None
        heading = self._make_heading(former if wanted.resume else None)
        if former and wanted.resume:
            _check_alike(former, heading, part)
            if not part.is_placing:
                check_target(wanted.target, overwrite=heading.overwrite)
        elif part.customers and not wanted.overwrite:
            what = f"an interrupted export left {part.customers:,} customers in {str(part.path)!r}"
            advice = "go on with resume=True, or begin anew with overwrite=True"
            raise ExportError(what, file=str(part.path), advice=advice)
        else:
            part.begin(heading)
        try:
            await self._make(part, heading)
        finally:
            self.kept = part.customers

    async def _make(self, part: Part, heading: Heading) -> None:
        wanted = self._wanted
        ids: list[str] = []
        if not part.is_placing:
            for page in part.recover():
                ids += page
                await asyncio.sleep(0)
        if not part.is_complete:
            await self._fetch(part, heading.page_size, ids)
        certificate = Certificate(
            parent_provided_id=heading.parent_provided_id,
            hierarchy_level_name=heading.hierarchy_level_name,
            consistency=heading.consistency,
            with_tokens=heading.with_tokens,
            customers=part.customers,
            report=part.report,
        )
        target = make_target(
            part, wanted.target, wanted.form, secret=wanted.with_tokens, origin=certificate.to_origin()
        )
        with contextlib.closing(target) as steps:
            while (written := await beside(next, steps, None)) is not None:
                self._watch.note_written(written, part.customers)
        if wanted.report:
            await beside(write_report, wanted.report, certificate)

    def _make_heading(self, former: Heading | None) -> Heading:
        wanted = self._wanted
        salt = bytes.fromhex(former.salt) if former else secrets.token_bytes(16)
        usual = former.page_size if former else MAX_PAGE_SIZE
        return Heading(
            salt=salt.hex(),
            account=self._client.account_digest(salt).hex(),
            format=wanted.form.name,
            with_tokens=wanted.with_tokens,
            consistency=wanted.consistency,
            parent_provided_id=wanted.filters.parent_provided_id,
            hierarchy_level_name=wanted.filters.hierarchy_level_name,
            page_size=usual if wanted.page_size is None else wanted.page_size,
            overwrite=wanted.overwrite or (former is not None and former.overwrite),
        )

    async def _fetch(self, part: Part, page_size: int, ids: list[str]) -> None:
        wanted = self._wanted
        stream = self._client.customers.stream(
            parent_provided_id=wanted.filters.parent_provided_id,
            hierarchy_level_name=wanted.filters.hierarchy_level_name,
            page_size=page_size,
            consistency=wanted.consistency,
            timeout=wanted.timeout,
            on_progress=self._watch.note,
            resume_from=ids,
        )
        self._watch.watch(stream, already=len(ids))
        async with stream, Gathering(part.write, most=MOST_GATHERED) as rows:
            async for page in stream.rows(LOGGED_ROWS):
                if (report := stream.report) and report.verdict == "incomplete":
                    # The last rows of a list that cannot be proved complete: no run could go on from them.
                    continue
                lines = encode_lines(page.rows, with_tokens=wanted.with_tokens)
                await rows.add(Block(lines, len(page.rows), page.number, page.total_count), len(lines))
        self.report = stream.report
        await beside(part.complete, msgspec.to_builtins(self.report))


def _check_alike(was: Heading, now: Heading, part: Part) -> None:
    """Raise `AnotherExport` for another list, or another kind of file, than it was begun with."""
    different = {name: getattr(was, name) for name in COMPARED if getattr(was, name) != getattr(now, name)}
    same_account = was.account == now.account
    if different or not same_account:
        was_with = [] if same_account else ["another token or address"]
        was_with += [f"{name}={value!r}" for name, value in different.items()]
        what = f"the interrupted export was one with {', '.join(was_with)}"
        advice = "go on with that, or begin anew with overwrite=True"
        raise AnotherExport(what, same_account=same_account, was=different, file=str(part.path), advice=advice)


def _tidy(
    part: Part, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
) -> None:
    """Leave nothing behind where there is nothing to go on with."""
    del error, traceback
    if kind and not part.customers:
        part.remove()
