"""Snapshots as they are read: the newest whole one, and none of which anything is missing, changed or foreign."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ConfigurationError, SnapshotError
from explo_async.emulator import Emulator
from explo_async.snapshot import open_snapshot
from explo_async.snapshot.layout import CERTIFICATE
from tests.snapshot.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explo_async.snapshot import Snapshot

READERS: dict[str, Callable[[Snapshot], object]] = {
    "verify": lambda snapshot: snapshot.verify(),
    "dataset": lambda snapshot: snapshot.dataset(),
    "table": lambda snapshot: snapshot.table(),
    "records": lambda snapshot: list(snapshot.records()),
}


def change_a_byte(place: Place, run: str, other: str) -> str:
    del other
    place.change(f"{run}/part-00001.parquet", 100)
    return "part-00001.parquet' was changed after it had been written, or is of another run"


def cut_a_file_off(place: Place, run: str, other: str) -> str:
    del other
    content = place.read(f"{run}/part-00001.parquet")
    place.put(f"{run}/part-00001.parquet", content[:-1])
    size = len(content)
    return f"part-00001.parquet' has {size - 1:,} bytes, and its certificate says {size:,}"


def remove_a_file(place: Place, run: str, other: str) -> str:
    del other
    place.remove(f"{run}/part-00001.parquet")
    return "part-00001.parquet' is missing"


def take_a_file_of_another_run(place: Place, run: str, other: str) -> str:
    size = len(place.read(f"{run}/part-00001.parquet"))
    content = place.read(f"{other}/part-00001.parquet")
    place.put(f"{run}/part-00001.parquet", content)
    if len(content) == size:
        return "part-00001.parquet' was changed after it had been written, or is of another run"
    return f"part-00001.parquet' has {len(content):,} bytes, and its certificate says {size:,}"


def add_a_file_of_another_run(place: Place, run: str, other: str) -> str:
    place.put(f"{run}/part-00007.parquet", place.read(f"{other}/part-00001.parquet"))
    return "part-00007.parquet' is not in the certificate"


def add_a_hidden_part(place: Place, run: str, other: str) -> str:
    place.put(f"{run}/_more.PARQUET", place.read(f"{other}/part-00001.parquet"))
    return "_more.PARQUET' is not in the certificate"


DAMAGES = (
    change_a_byte,
    cut_a_file_off,
    remove_a_file,
    take_a_file_of_another_run,
    add_a_file_of_another_run,
    add_a_hidden_part,
)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_a_damaged_snapshot_is_not_read(
    damage: Callable[[Place, str, str], str], reader: str, place: Place
) -> None:
    """Every reader says which file is wrong, with its address, and what to do."""
    async with Emulator(300) as emulator:
        other = await place.write(emulator, rows_per_file=100)
        emulator.change(emulator.provided_ids[150], name="Changed")
        written = await place.write(emulator, rows_per_file=100)
    run = written.certificate.run
    message = await asyncio.to_thread(damage, place, run, other.certificate.run)
    with pytest.raises(SnapshotError) as caught:
        await asyncio.to_thread(lambda: READERS[reader](place.open(run)))
    name = message.partition("'")[0]
    assert caught.value.file == f"{written.address}/{name}"
    assert str(caught.value).startswith(f"'{written.address}/{message}; ")


async def test_a_certificate_of_another_run(place: Place, emulator: Emulator) -> None:
    """It is none of this one, though its own digest is right."""
    one, other = await place.write(emulator), await place.write(emulator)
    place.put(f"{other.certificate.run}/{CERTIFICATE}", place.read(f"{one.certificate.run}/{CERTIFICATE}"))
    for address in (None, other.certificate.run):
        with pytest.raises(SnapshotError) as caught:
            await asyncio.to_thread(place.open, address)
        assert caught.value.file == f"{other.address}/{CERTIFICATE}"
        assert f"is the certificate of another run, {one.certificate.run}; write" in str(caught.value)


async def test_any_changed_byte_of_a_certificate_is_seen(tmp_path: Path) -> None:
    """Whichever it is, but for the white space around it; and an older snapshot is not taken in its place."""
    place = Place(str(tmp_path))
    async with Emulator(3) as emulator:
        await place.write(emulator)
        written = await place.write(emulator)
    name = f"{written.certificate.run}/{CERTIFICATE}"
    content = place.read(name)
    for at in range(len(content)):
        place.put(name, content)
        place.change(name, at)
        try:
            found = place.open()
        except SnapshotError as error:
            assert error.file == f"{written.address}/{CERTIFICATE}"  # noqa: PT017 -- one of two ends
        else:
            assert found.certificate == written.certificate
            assert content[at : at + 1].isspace() or at >= content.rindex(b"}")


@pytest.mark.parametrize("length", [0, 1, 10, 500, -2, -3])
async def test_a_certificate_that_was_cut_off_is_none(length: int, tmp_path: Path, emulator: Emulator) -> None:
    """As a store without renames may leave it."""
    place = Place(str(tmp_path))
    written = await place.write(emulator)
    name = f"{written.certificate.run}/{CERTIFICATE}"
    place.put(name, place.read(name)[:length])
    with pytest.raises(SnapshotError, match="is no certificate, or not whole"):
        place.open()


async def test_the_newest_whole_run_is_opened(place: Place) -> None:
    """Whatever else lies there: a run without certificate, files, folders."""
    async with Emulator(30) as emulator:
        await place.write(emulator)
        emulator.add({"provided_id": "new"})
        newest = await place.write(emulator)
    place.put("run=20990101T000000Z-ffff/part-00000.parquet", b"half")
    place.put("notes.txt", b"")
    place.put("run=tomorrow/part-00000.parquet", b"")
    found = await asyncio.to_thread(place.open)
    assert found.certificate == newest.certificate
    assert found.certificate.customers == 31
    with pytest.raises(SnapshotError, match="_certificate.json' is missing: the run is not whole, and no snapshot"):
        await asyncio.to_thread(place.open, "run=20990101T000000Z-ffff")


async def test_harmless_files_may_lie_in_a_run(tmp_path: Path, emulator: Emulator) -> None:
    """What engines and file managers leave there, which no engine reads."""
    place = Place(str(tmp_path))
    written = await place.write(emulator)
    for name in ("_SUCCESS", ".part-00000.parquet.crc", ".DS_Store"):
        place.put(f"{written.certificate.run}/{name}", b"")
    place.open().verify()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "there is no snapshot in '{root}'; write one, or name the folder that holds the runs"),
        (
            ("run=20260101T000000Z-0000/part-00000.parquet",),
            "there is no snapshot in '{root}': the one run there is not whole; write",
        ),
        (
            ("run=20260101T000000Z-0000/a", "run=20260102T000000Z-0000/a"),
            "there is no snapshot in '{root}': none of the 2 runs there is whole; write",
        ),
    ],
)
def test_where_there_is_no_snapshot(names: tuple[str, ...], message: str, place: Place) -> None:
    """An error says so, and how far one got."""
    for name in names:
        place.put(name, b"")
    with pytest.raises(SnapshotError) as caught:
        place.open()
    assert str(caught.value).startswith(message.format(root=place.root))
    assert caught.value.file == place.root


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "the address of the snapshots is empty; give a folder, or an address such as s3://bucket/customers"),
        ("s3:/bucket/customers", "'s3:/bucket/customers' has a slash too few; give a folder"),
        ("s3:bucket", "'s3:bucket' has a slash too few; give a folder"),
        ("nosuch://bucket", "'nosuch://bucket' is no address that fsspec knows: Protocol not known: nosuch; give"),
        ("gs://bucket", "'gs://bucket' needs a package that is not installed: Please install gcsfs to access Google"),
    ],
)
def test_addresses_that_cannot_be(address: str, message: str) -> None:
    """Each is refused with what is wrong with it."""
    with pytest.raises(ConfigurationError, match=f"^{re.escape(message)}"):
        open_snapshot(address)


async def test_a_store_that_is_away_is_told(s3: Any) -> None:
    """With its address, and without what was given to get in."""
    at_once = {"retries": {"max_attempts": 0}}
    options = {**s3.options, "secret": "s3cret", "endpoint_url": "http://127.0.0.1:9", "config_kwargs": at_once}
    with pytest.raises(SnapshotError) as caught:
        await asyncio.to_thread(lambda: open_snapshot("s3://customers/away", storage_options=options))
    assert caught.value.file == "s3://customers/away"
    assert str(caught.value).startswith("cannot look into 's3://customers/away': ")
    assert "s3cret" not in repr(caught.value)


async def test_what_a_snapshot_shows(tmp_path: Path, emulator: Emulator) -> None:
    """Its size, its place and what was proved; no options of the store."""
    written = await Place(str(tmp_path)).write(emulator)
    assert repr(written) == f"<Snapshot of 2345 in '{tmp_path}/{written.certificate.run}', complete>"
