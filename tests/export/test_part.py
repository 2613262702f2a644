"""The part file and its journal: what is damaged is read again, what is of others is left alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from explo_async import ExportError
from explo_async.export.journal import Heading, encode_entry
from explo_async.export.part import Part
from tests.helpers.exports import break_off, export, names_in, read_file

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.emulator import Emulator


async def test_the_token_is_not_in_the_journal(emulator: Emulator, tmp_path: Path) -> None:
    """What tells accounts apart gives none away, and only its owner may read it."""
    target = tmp_path / "customers.jsonl"
    await break_off(emulator, target)
    journal = tmp_path / "customers.jsonl.journal"
    assert emulator.token not in journal.read_text()
    assert os.name != "posix" or stat.S_IMODE(journal.stat().st_mode) == 0o600


async def test_what_is_damaged_is_read_again(emulator: Emulator, tmp_path: Path) -> None:
    """A part file that lost bytes, or has others, counts only up to there."""
    target, part = tmp_path / "customers.jsonl", tmp_path / "customers.jsonl.part"
    for place in (-1, 100_000, 0):
        kept = await break_off(emulator, target, overwrite=True)
        content = bytearray(part.read_bytes())
        content[place] ^= 1
        part.write_bytes(content[: place + 1 or None])
        _, told = await export(emulator, target, resume=True)
        assert told.already < kept
        assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


async def test_a_journal_that_was_cut_off_counts_as_far_as_it_goes(emulator: Emulator, tmp_path: Path) -> None:
    """What it does not tell of is read again; without its first line, everything."""
    target, journal = tmp_path / "customers.jsonl", tmp_path / "customers.jsonl.journal"
    for lines, rest, already in ((3, b"", 200), (3, b'{"line":"pa', 200), (2, b"\0\0\0\n", 100), (0, b'{"line"', 0)):
        await break_off(emulator, target, overwrite=True)
        journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:lines]) + rest)
        _, told = await export(emulator, target, resume=True)
        assert told.already == already
        assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


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
    assert (emulator.requests, names_in(tmp_path)) == (0, {"customers.jsonl.journal"})


@pytest.mark.parametrize("name", ["customers.csv.part", "customers.csv.new"])
async def test_files_of_others_are_left_alone(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """What has a name that is needed, and is not of an export, is neither replaced nor taken away."""
    (tmp_path / name).write_text("precious")
    every: list[dict[str, Any]] = [{}, {"resume": True}, {"overwrite": True}]
    for options in every:
        with pytest.raises(ExportError, match=f"{name}' is in the way, and not of an interrupted export; move it, or"):
            await export(emulator, tmp_path / "customers.csv", **options)
    assert (tmp_path / name).read_text() == "precious"
    assert (emulator.requests, names_in(tmp_path)) == (0, {name})


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
