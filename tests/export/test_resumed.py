"""An interrupted export that goes on: only as what it was begun as, and only from what was proved."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from explo_async import ExportError, ListingChanged
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Body
from explo_async.emulator.synthetic import make_customer
from explo_async.export.run import AnotherExport
from explo_async.files.formats import find_format
from explo_async.wire.call import Filters
from tests.helpers.exports import NAMES, break_off, export, names_in, read_file

if TYPE_CHECKING:
    from explo_async.emulator import Seen


RESUMED_ALIKE = [name for name in NAMES if name not in {"sqlite", "duckdb"}]
"""The formats whose files are the same bytes for the same customers; a database counts its writes."""


@pytest.mark.parametrize("name", NAMES)
async def test_an_interrupted_export_goes_on(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """It reads what is missing, page 1, the page at the seam and a COUNT, and makes the file of one not interrupted."""
    target, whole = tmp_path / f"customers.{name}", tmp_path / f"whole.{name}"
    await export(emulator, whole)
    kept = await break_off(emulator, target)
    assert 300 <= kept <= 600
    assert names_in(tmp_path) == {whole.name, f"{target.name}.part", f"{target.name}.journal"}
    before = emulator.requests
    total, told = await export(emulator, target, resume=True)
    assert emulator.requests - before == 24 - kept // 100 + 2 + 1
    assert (total, told.already) == (2345, kept)
    assert read_file(target) == read_file(whole)
    assert name not in RESUMED_ALIKE or target.read_bytes() == whole.read_bytes()
    assert names_in(tmp_path) == {whole.name, target.name}


async def test_an_export_is_interrupted_again_and_again(emulator: Emulator, tmp_path: Path) -> None:
    """Each goes on from where the one before ended."""
    target = tmp_path / "customers.jsonl"
    kept = [await break_off(emulator, target, at_page=page, resume=True) for page in (8, 14, 20)]
    assert kept == sorted(set(kept))
    await export(emulator, target, resume=True)
    assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


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
    assert names_in(tmp_path) == {"customers.jsonl.part", "customers.jsonl.journal"}
    _, told = await export(emulator, target, overwrite=True)
    assert told.already == 0
    assert len(read_file(target)) == 2345


@pytest.mark.parametrize(
    ("options", "words", "was"),
    [
        ({"filters": Filters(parent_provided_id="a")}, "parent_provided_id=None", {"parent_provided_id": None}),
        ({"filters": Filters(hierarchy_level_name="A")}, "hierarchy_level_name=None", {"hierarchy_level_name": None}),
        ({"with_tokens": True}, "with_tokens=False", {"with_tokens": False}),
        ({"consistency": "verified"}, "consistency='checked'", {"consistency": "checked"}),
        ({"form": find_format(Path("a.csv"))}, "format='jsonl'", {"format": "jsonl"}),
        ({"token": "another"}, "another token or address", {}),
        (
            {"token": "another", "with_tokens": True},
            "another token or address, with_tokens=False",
            {"with_tokens": False},
        ),
    ],
)
async def test_an_export_of_something_else_is_not_resumed(
    options: dict[str, Any], words: str, was: dict[str, object], emulator: Emulator, tmp_path: Path
) -> None:
    """Other filters, another account or another content: it says what the interrupted one was, and loses nothing."""
    target = tmp_path / "customers.jsonl"
    kept = await break_off(emulator, target)
    before = emulator.requests
    with pytest.raises(AnotherExport) as caught:
        await export(emulator, target, resume=True, **options)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert str(error) == (
            f"the interrupted export was one with {words}; go on with that, or begin anew with overwrite=True"
        )
        assert (error.was, error.same_account) == (was, "token" not in options)
        assert error.file == str(tmp_path / "customers.jsonl.part")
    assert emulator.requests == before
    assert (await export(emulator, target, resume=True))[1].already == kept


async def test_a_page_size_may_change(emulator: Emulator, tmp_path: Path) -> None:
    """Pages that proved too large may be smaller when an export goes on; unsaid, they stay as they were."""
    target = tmp_path / "customers.jsonl"
    await break_off(emulator, target)
    await break_off(emulator, target, at_page=30, resume=True, page_size=30)
    assert emulator.log[-1].page_size == 30
    await export(emulator, target, resume=True, page_size=None)
    # The last request is the COUNT.
    assert [seen.page_size for seen in emulator.log[-2:]] == [100, 1]
    assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


async def test_customers_who_moved_meanwhile_are_in_the_file(emulator: Emulator, tmp_path: Path) -> None:
    """A list that changed while nothing ran is complete all the same: who was there all the time is there once."""
    target = tmp_path / "customers.jsonl"
    kept = await break_off(emulator, target)
    stable = [*emulator.provided_ids[:5], *emulator.provided_ids[130:]]
    for _ in range(125):
        emulator.delete_at(5)
    emulator.add()
    total, told = await export(emulator, target, resume=True)
    ids = [record.provided_id for record in read_file(target)]
    assert told.already == kept
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
    assert stable <= {record.provided_id for record in read_file(target)}


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
        _, told = await export(emulator, target, resume=True)
        assert told.already == 100
        assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


async def test_a_complete_list_is_not_read_again(emulator: Emulator, tmp_path: Path) -> None:
    """When only the file is still to be made no request is needed for it."""
    target, obstacle = tmp_path / "customers.csv", tmp_path / "customers.csv.new"
    emulator.on_request = lambda _: obstacle.touch()
    with pytest.raises(ExportError, match=r"^cannot write '.*customers\.csv': File exists$"):
        await export(emulator, target)
    obstacle.unlink()
    emulator.on_request = None
    before = emulator.requests
    total, told = await export(emulator, target, resume=True)
    assert (total, told.already, emulator.requests) == (2345, -1, before)
    assert len(read_file(target)) == 2345
