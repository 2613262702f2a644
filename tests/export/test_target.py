"""The file that an export makes: there whole or as it was, whatever happens on the way."""

from __future__ import annotations

import errno
import os
import resource
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async import ConfigurationError, ExportError
from explo_async.export.run import Export, Wanted
from explo_async.files.formats import find_format
from explo_async.wire.call import Filters
from tests.helpers.clients import client_of
from tests.helpers.exports import NAMES, Told, break_off, export, names_in, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.emulator import Emulator


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
        assert {bool(record.token) for record in read_file(target)} == {with_tokens}


async def test_a_file_is_replaced_on_demand_alone(emulator: Emulator, tmp_path: Path) -> None:
    """What is there stays there without `overwrite`, and no request is sent; with it, it stays until the new one is whole."""
    target = tmp_path / "customers.csv"
    target.write_text("precious")
    with pytest.raises(
        ExportError, match=r"customers\.csv' exists; name another file, or replace it with overwrite=True"
    ):
        await export(emulator, target)
    assert (emulator.requests, names_in(tmp_path)) == (0, {"customers.csv"})
    await break_off(emulator, target, overwrite=True)
    assert target.read_text() == "precious"
    # That it may be replaced was said.
    await export(emulator, target, resume=True)
    assert len(read_file(target)) == 2345


async def test_a_folder_that_is_not_there(emulator: Emulator, tmp_path: Path) -> None:
    """Where no file can be made, it is said before the first request."""
    for target, words in ((tmp_path / "no" / "customers.csv", "there is no folder"), (tmp_path, "is no file")):
        form = find_format(tmp_path / "customers.csv")
        async with client_of(emulator) as explo:
            with pytest.raises(ConfigurationError, match=words):
                await Export(explo, Wanted(target=target, form=form, filters=Filters()), Told()).run()
    assert emulator.requests == 0


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
    assert len(read_file(target)) == 2345
    assert names_in(tmp_path) == {target.name}


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
    _, told = await export(emulator, target, resume=True)
    assert told.already >= 1000
    assert len(read_file(target)) == 2345
