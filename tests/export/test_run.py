"""The export as a whole: a file there whole or as it was, and what an interrupted one leaves for the next."""

from __future__ import annotations

import errno
import os
import resource
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from attrs import define, field

from explo_async import ConfigurationError, ExploClient, ExportError, ListingChanged, RetryPolicy, ServerError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Body, Status
from explo_async.emulator.synthetic import make_customer
from explo_async.export.journal import Heading, encode_entry
from explo_async.export.part import Part
from explo_async.export.run import Export, Wanted
from explo_async.files.formats import FORMATS, find_format
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.emulator import Seen
    from explo_async.progress import Progress
    from explo_async.record import Record
    from explo_async.stream import CustomerStream

NAMES = [form.name for form in FORMATS]
RESUMED_ALIKE = [name for name in NAMES if name not in {"sqlite", "duckdb"}]
"""The formats whose files are the same bytes for the same customers; a database counts its writes."""


@define
class Watched:
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

    def note_written(self, customers: int) -> None:
        """Take it in."""
        self.written.append(customers)


def wanted(target: Path, **options: Any) -> Wanted:
    """Say what is to be exported, in pages of 100."""
    return Wanted(target=target, form=find_format(target), **{"filters": Filters(), "page_size": 100, **options})


def client_of(emulator: Emulator, token: str | None = None) -> ExploClient:
    """Make a client that gives up at once, page by page."""
    return ExploClient(token or emulator.token, base_url=emulator.url, retry=RetryPolicy(attempts=1), max_concurrency=2)


async def export(emulator: Emulator, target: Path, *, token: str | None = None, **options: Any) -> tuple[int, Watched]:
    """Export; return how many customers there are, and what was told."""
    watched = Watched()
    async with client_of(emulator, token) as explo:
        run = Export(explo, wanted(target, **options), watched)
        await run.run()
    return run.kept, watched


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
    async with client_of(emulator) as explo:
        run = Export(explo, wanted(target, **options), Watched())
        with pytest.raises(ServerError):
            await run.run()
    emulator.on_request = None
    return run.kept


def read(path: Path) -> list[Record]:
    """Read a file back."""
    return [record for chunk in find_format(path).load().read(path) for record in chunk]


def left(folder: Path) -> set[str]:
    """List what is in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("name", NAMES)
async def test_all_customers_are_in_the_file(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """In every format: each customer once, in listing order, without its token, and nothing else beside the file."""
    target = tmp_path / f"customers.{name}"
    kept, watched = await export(emulator, target)
    records = read(target)
    assert [record.provided_id for record in records] == list(emulator.provided_ids)
    assert {record.token for record in records} == {None}
    assert kept == 2345
    assert (watched.already, watched.pages) == (0, 24)
    assert watched.written[-1:] == ([] if name == "jsonl" else [2345])
    assert left(tmp_path) == {target.name}


@pytest.mark.parametrize("name", NAMES)
async def test_an_empty_list_is_a_file_without_customers(name: str, tmp_path: Path) -> None:
    """No customers are no error: the file is there, and says so when it is read."""
    target = tmp_path / f"customers.{name}"
    async with Emulator(0) as emulator:
        assert (await export(emulator, target))[0] == 0
    assert read(target) == []


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
@pytest.mark.parametrize("name", NAMES)
async def test_a_file_with_tokens_is_private(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """With tokens nobody else may read the file, nor its part before; without them the umask decides."""
    for with_tokens, mode in ((True, 0o600), (False, 0o644)):
        target = tmp_path / f"{with_tokens}.{name}"
        kept = await break_off(emulator, target, with_tokens=with_tokens)
        assert kept > 0
        assert stat.S_IMODE((tmp_path / f"{target.name}.part").stat().st_mode) == mode
        await export(emulator, target, with_tokens=with_tokens, resume=True)
        assert stat.S_IMODE(target.stat().st_mode) == mode
        assert {bool(record.token) for record in read(target)} == {with_tokens}


async def test_filters_choose(emulator: Emulator, tmp_path: Path) -> None:
    """An export is of the customers that the filters leave."""
    target = tmp_path / "regions.jsonl"
    await export(emulator, target, filters=Filters(hierarchy_level_name="Region"))
    assert {record.hierarchy_level for record in read(target)} == {"Region"}


async def test_a_file_is_replaced_on_demand_alone(emulator: Emulator, tmp_path: Path) -> None:
    """What is there stays there without `overwrite`, and no request is sent; with it, it stays until the new one is whole."""
    target = tmp_path / "customers.csv"
    target.write_text("precious")
    with pytest.raises(
        ExportError, match=r"customers\.csv' exists; name another file, or replace it with overwrite=True"
    ):
        await export(emulator, target)
    assert (emulator.requests, left(tmp_path)) == (0, {"customers.csv"})
    await break_off(emulator, target, overwrite=True)
    assert target.read_text() == "precious"
    # That it may be replaced was said.
    await export(emulator, target, resume=True)
    assert len(read(target)) == 2345


@pytest.mark.parametrize("name", NAMES)
async def test_an_interrupted_export_goes_on(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """It reads what is missing, page 1, the page at the seam and a COUNT, and makes the file of one not interrupted."""
    target, whole = tmp_path / f"customers.{name}", tmp_path / f"whole.{name}"
    await export(emulator, whole)
    kept = await break_off(emulator, target)
    assert 300 <= kept <= 600
    assert left(tmp_path) == {whole.name, f"{target.name}.part", f"{target.name}.journal"}
    before = emulator.requests
    total, watched = await export(emulator, target, resume=True)
    assert emulator.requests - before == 24 - kept // 100 + 2 + 1
    assert (total, watched.already) == (2345, kept)
    assert read(target) == read(whole)
    assert name not in RESUMED_ALIKE or target.read_bytes() == whole.read_bytes()
    assert left(tmp_path) == {whole.name, target.name}


async def test_an_export_is_interrupted_again_and_again(emulator: Emulator, tmp_path: Path) -> None:
    """Each goes on from where the one before ended."""
    target = tmp_path / "customers.jsonl"
    kept = [await break_off(emulator, target, at_page=page, resume=True) for page in (8, 14, 20)]
    assert kept == sorted(set(kept))
    await export(emulator, target, resume=True)
    assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


async def test_nothing_to_resume_is_a_beginning(emulator: Emulator, tmp_path: Path) -> None:
    """`resume` may be said always: where nothing is left of another export, it begins."""
    target = tmp_path / "customers.jsonl"
    assert (await export(emulator, target, resume=True))[0] == 2345


async def test_an_interrupted_export_is_not_lost_by_mistake(emulator: Emulator, tmp_path: Path) -> None:
    """Neither resumed nor replaced without a word; `overwrite` begins anew."""
    target = tmp_path / "customers.jsonl"
    kept = await break_off(emulator, target)
    with pytest.raises(ExportError, match=f"left {kept} customers in .*; go on with resume=True, or begin anew"):
        await export(emulator, target)
    assert left(tmp_path) == {"customers.jsonl.part", "customers.jsonl.journal"}
    _, watched = await export(emulator, target, overwrite=True)
    assert watched.already == 0
    assert len(read(target)) == 2345


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"filters": Filters(parent_provided_id="a")}, "parent_provided_id=None"),
        ({"filters": Filters(hierarchy_level_name="Region")}, "hierarchy_level_name=None"),
        ({"with_tokens": True}, "with_tokens=False"),
        ({"consistency": "verified"}, "consistency='checked'"),
        ({"token": "another"}, "another token or address"),
        ({"token": "another", "with_tokens": True}, "another token or address, with_tokens=False"),
    ],
)
async def test_an_export_of_something_else_is_not_resumed(
    options: dict[str, Any], words: str, emulator: Emulator, tmp_path: Path
) -> None:
    """Other filters, another account or another content: it says what the interrupted one was, and loses nothing."""
    target = tmp_path / "customers.jsonl"
    kept = await break_off(emulator, target)
    before = emulator.requests
    with pytest.raises(ExportError, match=rf"the interrupted export was one with {words}; go on with that, or begin"):
        await export(emulator, target, resume=True, **options)
    assert emulator.requests == before
    assert (await export(emulator, target, resume=True))[1].already == kept


async def test_the_token_is_not_in_the_journal(emulator: Emulator, tmp_path: Path) -> None:
    """What tells accounts apart gives none away, and only its owner may read it."""
    target = tmp_path / "customers.jsonl"
    await break_off(emulator, target)
    journal = tmp_path / "customers.jsonl.journal"
    assert emulator.token not in journal.read_text()
    assert os.name != "posix" or stat.S_IMODE(journal.stat().st_mode) == 0o600


async def test_a_page_size_may_change(emulator: Emulator, tmp_path: Path) -> None:
    """Pages that proved too large may be smaller when an export goes on; unsaid, they stay as they were."""
    target = tmp_path / "customers.jsonl"
    await break_off(emulator, target)
    await break_off(emulator, target, at_page=30, resume=True, page_size=30)
    assert emulator.log[-1].page_size == 30
    await export(emulator, target, resume=True, page_size=None)
    # The last request is the COUNT.
    assert [seen.page_size for seen in emulator.log[-2:]] == [100, 1]
    assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


async def test_customers_who_moved_meanwhile_are_in_the_file(emulator: Emulator, tmp_path: Path) -> None:
    """A list that changed while nothing ran is complete all the same: who was there all the time is there once."""
    target = tmp_path / "customers.jsonl"
    kept = await break_off(emulator, target)
    stable = [*emulator.provided_ids[:5], *emulator.provided_ids[130:]]
    for _ in range(125):
        emulator.delete_at(5)
    emulator.add()
    total, watched = await export(emulator, target, resume=True)
    ids = [record.provided_id for record in read(target)]
    assert watched.already == kept
    assert [one for one in ids if one in set(stable)] == stable
    assert total == len(ids) == len(set(ids))


async def test_a_list_that_changes_too_fast_keeps_what_is_proved(emulator: Emulator, tmp_path: Path) -> None:
    """Where no chain can be closed it says so; the rows that are kept are only those up to the first gap."""
    target = tmp_path / "customers.jsonl"

    def change(_: Seen) -> None:
        for _each in range(150):
            emulator.delete_at(0)
            emulator.add()
        emulator.add()

    emulator.on_request = change
    with pytest.raises(ListingChanged, match="changed faster than it could be read"):
        await export(emulator, target)
    emulator.on_request = None
    stable = set(emulator.provided_ids)
    await export(emulator, target, resume=True)
    assert stable <= {record.provided_id for record in read(target)}


async def test_what_is_not_proved_is_not_kept(tmp_path: Path) -> None:
    """Rows that a list which cannot be proved complete still gives are no ground to go on from: one is missing there."""
    target = tmp_path / "customers.jsonl"
    short = [make_customer(0, serial) for serial in range(100, 200) if serial != 150]
    body = msgspec.json.encode({"total_count": 400, "results": {"customers": short}})
    async with Emulator(400, faults=[Body(body, page=2)]) as emulator:
        with pytest.raises(ListingChanged, match="contradict each other"):
            await export(emulator, target)
        port = int(emulator.url.rpartition(":")[2])
    async with Emulator(400, port=port) as emulator:
        _, watched = await export(emulator, target, resume=True)
        assert watched.already == 100
        assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


async def test_a_complete_list_is_not_read_again(emulator: Emulator, tmp_path: Path) -> None:
    """When only the file is still to be made no request is needed for it."""
    target, obstacle = tmp_path / "customers.csv", tmp_path / "customers.csv.new"
    emulator.on_request = lambda _: obstacle.touch()
    with pytest.raises(ExportError, match=r"^cannot write '.*customers\.csv': File exists$"):
        await export(emulator, target)
    obstacle.unlink()
    emulator.on_request = None
    before = emulator.requests
    total, watched = await export(emulator, target, resume=True)
    assert (total, watched.already, emulator.requests) == (2345, -1, before)
    assert len(read(target)) == 2345


@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("name", ["jsonl", "csv"])
async def test_a_file_that_was_being_placed_is_placed(
    name: str, *, renamed: bool, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An end before or after the very renaming is one that can be gone on from, and never asks to overwrite."""
    target, replace = tmp_path / f"customers.{name}", Path.replace

    def die(path: Path, to: Path) -> Path:
        if renamed:
            replace(path, to)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(ExportError, match=f"cannot write '.*': {os.strerror(errno.EIO)}"):
        await export(emulator, target)
    monkeypatch.undo()
    assert target.exists() == renamed
    before = emulator.requests
    assert (await export(emulator, target, resume=True))[0] == 2345
    assert emulator.requests == before
    assert len(read(target)) == 2345
    assert left(tmp_path) == {target.name}


@contextmanager
def most_bytes(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond a limit, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", NAMES)
async def test_a_full_disk_is_an_error_that_can_be_gone_on_from(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """One clear error, what was there before as it was; with room again, the whole file."""
    target = tmp_path / f"customers.{name}"
    target.write_text("precious")
    for limit in (300_000, 1_000_000):
        with (
            most_bytes(limit),
            pytest.raises(ExportError, match=rf"cannot write '.*customers\.{name}': File too large"),
        ):
            await export(emulator, target, resume=True, overwrite=True)
        assert target.read_text() == "precious"
    _, watched = await export(emulator, target, resume=True)
    assert watched.already >= 1000
    assert len(read(target)) == 2345


async def test_what_is_damaged_is_read_again(emulator: Emulator, tmp_path: Path) -> None:
    """A part file that lost bytes, or has others, counts only up to there."""
    target, part = tmp_path / "customers.jsonl", tmp_path / "customers.jsonl.part"
    for place in (-1, 100_000, 0):
        kept = await break_off(emulator, target, overwrite=True)
        content = bytearray(part.read_bytes())
        content[place] ^= 1
        part.write_bytes(content[: place + 1 or None])
        _, watched = await export(emulator, target, resume=True)
        assert watched.already < kept
        assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


async def test_a_journal_that_was_cut_off_counts_as_far_as_it_goes(emulator: Emulator, tmp_path: Path) -> None:
    """What it does not tell of is read again; without its first line, everything."""
    target, journal = tmp_path / "customers.jsonl", tmp_path / "customers.jsonl.journal"
    for lines, rest, already in ((3, b"", 200), (3, b'{"line":"pa', 200), (2, b"\0\0\0\n", 100), (0, b'{"line"', 0)):
        await break_off(emulator, target, overwrite=True)
        journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:lines]) + rest)
        _, watched = await export(emulator, target, resume=True)
        assert watched.already == already
        assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


HEADING = Heading(
    salt="",
    account="",
    format="jsonl",
    with_tokens=False,
    consistency="checked",
    parent_provided_id=None,
    hierarchy_level_name=None,
    page_size=1,
    overwrite=False,
)
LATER = encode_entry(msgspec.structs.replace(HEADING, version=99))


@pytest.mark.parametrize("line", [b"precious\n", LATER])
async def test_a_journal_of_something_else_is_left_alone(line: bytes, emulator: Emulator, tmp_path: Path) -> None:
    """A file that only has the name of a journal, or a later version's, is refused and stays."""
    target, journal = tmp_path / "customers.jsonl", tmp_path / "customers.jsonl.journal"
    journal.write_bytes(line)
    every: list[dict[str, Any]] = [{}, {"resume": True}, {"overwrite": True}]
    for options in every:
        with pytest.raises(ExportError, match=r"journal' is not a journal that can be gone on from: .*, remove it and"):
            await export(emulator, target, **options)
    assert journal.read_bytes() == line
    assert (emulator.requests, left(tmp_path)) == (0, {"customers.jsonl.journal"})


@pytest.mark.parametrize("name", ["customers.csv.part", "customers.csv.new"])
async def test_files_of_others_are_left_alone(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """What has a name that is needed, and is not of an export, is neither replaced nor taken away."""
    (tmp_path / name).write_text("precious")
    every: list[dict[str, Any]] = [{}, {"resume": True}, {"overwrite": True}]
    for options in every:
        with pytest.raises(ExportError, match=f"{name}' is in the way, and not of an interrupted export; move it, or"):
            await export(emulator, tmp_path / "customers.csv", **options)
    assert (tmp_path / name).read_text() == "precious"
    assert (emulator.requests, left(tmp_path)) == (0, {name})


async def test_two_exports_to_one_file_are_one_too_many(emulator: Emulator, tmp_path: Path) -> None:
    """The second says so, and the first goes on undisturbed."""
    target = tmp_path / "customers.jsonl"
    with Part(target) as part:
        part.begin(HEADING)
        every: list[dict[str, Any]] = [{}, {"resume": True}, {"overwrite": True}]
        for options in every:
            with pytest.raises(ExportError, match="another process is writing this export; wait for its end"):
                await export(emulator, target, **options)
    assert emulator.requests == 0


async def test_a_folder_that_is_not_there(emulator: Emulator, tmp_path: Path) -> None:
    """Where no file can be made, it is said before the first request."""
    for target, words in ((tmp_path / "no" / "customers.csv", "there is no folder"), (tmp_path, "is no file")):
        form = find_format(tmp_path / "customers.csv")
        async with client_of(emulator) as explo:
            with pytest.raises(ConfigurationError, match=words):
                await Export(explo, Wanted(target=target, form=form, filters=Filters()), Watched()).run()
    assert emulator.requests == 0


async def test_a_failure_before_the_first_customer_leaves_nothing(tmp_path: Path) -> None:
    """Where there is nothing to go on with, nothing is left."""
    async with Emulator(10, faults=[Status(500)]) as emulator:
        with pytest.raises(ServerError):
            await export(emulator, tmp_path / "customers.jsonl")
    assert left(tmp_path) == set()
