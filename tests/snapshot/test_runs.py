"""Which runs there are, and pruning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ConfigurationError, SnapshotError
from explo_async.emulator import Emulator
from explo_async.snapshot import list_snapshots, prune_snapshots
from explo_async.snapshot.layout import CERTIFICATE
from explo_async.snapshot.places import Folder
from tests.snapshot.places import Place

if TYPE_CHECKING:
    from pathlib import Path

OLD = "run=20200101T000000Z-0000"
DAMAGED = "run=20200102T000000Z-0000"


async def fill(place: Place) -> list[str]:
    """Write three snapshots, and put beside them an old rest, a run with a damaged certificate, and other things."""
    async with Emulator(30) as emulator:
        runs = [(await place.write(emulator)).certificate.run for _ in range(3)]
    await asyncio.to_thread(place.put, f"{OLD}/part-00000.parquet", b"half")
    await asyncio.to_thread(place.put, f"{DAMAGED}/{CERTIFICATE}", b"{")
    await asyncio.to_thread(place.put, "notes/run.txt", b"mine")
    # Of today, as if it were being written.
    await asyncio.to_thread(place.put, f"{runs[-1][:-4]}zzzz".replace("zzzz", "ffff") + "/part-00000.parquet", b"half")
    return runs


async def test_all_runs_are_listed(place: Place) -> None:
    """The oldest first, whole or not, each with its certificate, or with what is wrong with that."""
    runs = await fill(place)
    found = await asyncio.to_thread(lambda: list_snapshots(place.root, storage_options=place.options))
    assert [run.name for run in found] == sorted([OLD, DAMAGED, *runs, f"{runs[-1][:-4]}ffff"])
    assert [run.certificate.customers if run.certificate else None for run in found] == [None, None, 30, 30, 30, None]
    assert found[0].problem is None
    assert str(found[1].problem) == (
        f"'{place.root}/{DAMAGED}/{CERTIFICATE}' is no certificate, or not whole; "
        "write the snapshot anew, and remove this run"
    )
    assert found[2].begun == found[2].certificate.begun.replace(microsecond=0) if found[2].certificate else False


async def test_old_ones_are_pruned(place: Place) -> None:
    """And what broken runs have left; a damaged one, one that may be being written and all else is left alone."""
    runs = await fill(place)
    before = await asyncio.to_thread(place.names)

    def prune(**options: Any) -> list[str]:
        return [run.name for run in prune_snapshots(place.root, storage_options=place.options, **options)]

    assert await asyncio.to_thread(lambda: prune(keep=2, dry_run=True)) == [runs[0], OLD]
    assert await asyncio.to_thread(place.names) == before
    assert await asyncio.to_thread(lambda: prune(keep=2)) == [runs[0], OLD]
    assert await asyncio.to_thread(place.names) == before - {runs[0], OLD}
    (await asyncio.to_thread(place.open)).verify()
    assert await asyncio.to_thread(lambda: prune(keep=2)) == []
    assert await asyncio.to_thread(lambda: prune(keep=1, abandoned_after=0)) == [runs[1], f"{runs[-1][:-4]}ffff"]
    assert await asyncio.to_thread(place.names) == {"notes", DAMAGED, runs[2]}


async def test_the_certificate_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that could be removed only in part is no snapshot any more."""
    place = Place(str(tmp_path))
    runs = await fill(place)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.rm", refuse)
    with pytest.raises(SnapshotError, match=f"cannot remove '{place.root}/{runs[0]}': Permission denied"):
        prune_snapshots(place.root, keep=2)
    assert place.names(runs[0]) == {"part-00000.parquet"}
    with pytest.raises(SnapshotError, match="is missing: the run is not whole"):
        place.open(runs[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": 0}, "keep must be an int of at least 1, not 0"),
        ({"abandoned_after": -1}, "abandoned_after must be a number of seconds of at least 0, not -1"),
    ],
)
def test_what_cannot_be_pruned(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """There is always one snapshot kept."""
    with pytest.raises(ConfigurationError, match=message):
        prune_snapshots(tmp_path, **options)


def test_removing_what_is_gone(tmp_path: Path) -> None:
    """Two at once: the second has nothing left to do."""
    from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415 -- for this test alone

    Folder(LocalFileSystem(), str(tmp_path / "gone")).remove([CERTIFICATE])


def test_nothing_there(place: Place) -> None:
    """A place where nothing was written yet has no runs."""
    assert list_snapshots(place.root, storage_options=place.options) == ()
