"""Snapshots as they are written: whole, in the list's order, with a certificate at the end, or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from explo_async import ConfigurationError, DecodeError, ListingChanged, ServerError, SnapshotError
from explo_async.arrow import fetch_table, schema
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang
from explo_async.snapshot import list_snapshots, write_snapshot
from explo_async.snapshot.layout import CERTIFICATE
from explo_async.snapshot.places import Folder
from tests.helpers.clients import ONCE, client_of
from tests.snapshot.places import Place

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.emulator import Seen


async def test_a_list_is_written_and_read_back(place: Place, emulator: Emulator) -> None:
    """On every store: the whole list in its order, in files of so many rows, with a certificate that tells of them."""
    async with client_of(emulator) as explo:
        wanted = await fetch_table(explo)
    written = await place.write(emulator, rows_per_file=1000)
    found = await asyncio.to_thread(place.open)
    assert found.certificate == written.certificate
    certificate = found.certificate
    assert place.names(certificate.run) == {*(f"part-0000{number}.parquet" for number in range(3)), CERTIFICATE}
    assert [file.rows for file in certificate.files] == [1000, 1000, 345]
    assert certificate.customers == certificate.report.customers == 2345
    assert (certificate.report.verdict, certificate.report.basis) == ("complete", "count")
    assert certificate.begun < certificate.ended
    assert certificate.columns == tuple(wanted.column_names)
    await asyncio.to_thread(found.verify)
    assert await asyncio.to_thread(found.table) == wanted
    dataset = await asyncio.to_thread(found.dataset)
    assert dataset.to_table() == wanted
    assert dataset.schema == schema(with_tokens=False)
    rows = [record for chunk in await asyncio.to_thread(lambda: list(found.records())) for record in chunk]
    assert [record.provided_id for record in rows] == list(emulator.provided_ids)


async def test_the_files_are_plain_parquet(tmp_path: Path, emulator: Emulator) -> None:
    """Their addresses are those that engines take, in listing order; on this machine they are paths."""
    written = await Place(str(tmp_path)).write(emulator, rows_per_file=2000)
    assert [parquet.read_metadata(file).num_rows for file in written.files] == [2000, 345]
    assert written.files == tuple(
        f"{tmp_path}/{written.certificate.run}/part-0000{number}.parquet" for number in (0, 1)
    )


async def test_addresses_in_a_store_have_its_protocol(s3: Any, emulator: Emulator) -> None:
    """They can be opened by others."""
    place = Place("s3://customers/addresses", s3.options)
    written = await place.write(emulator)
    assert written.files == (f"s3://customers/addresses/{written.certificate.run}/part-00000.parquet",)


@pytest.mark.parametrize("rows_per_file", [1, 7, 100, 300, 301])
async def test_files_have_so_many_rows(rows_per_file: int, tmp_path: Path) -> None:
    """Whatever the pages are: every file but the last has as many as were asked for, and the last is not empty."""
    async with Emulator(300) as emulator:
        written = await Place(str(tmp_path)).write(emulator, rows_per_file=rows_per_file, page_size=50)
    full, rest = divmod(300, rows_per_file)
    assert [file.rows for file in written.certificate.files] == [rows_per_file] * full + [rest] * bool(rest)
    assert [parquet.read_metadata(file).num_rows for file in written.files] == [
        file.rows for file in written.certificate.files
    ]
    assert written.table().column("provided_id").to_pylist() == list(emulator.provided_ids)


async def test_the_same_list_gives_the_same_files(tmp_path: Path, emulator: Emulator) -> None:
    """Whatever the pages are: what differs are the run and its moments."""
    one = await Place(str(tmp_path)).write(emulator, rows_per_file=1000, page_size=100)
    other = await Place(str(tmp_path)).write(emulator, rows_per_file=1000, page_size=999)
    assert one.certificate.files == other.certificate.files
    assert one.certificate.run < other.certificate.run


async def test_nobody_is_a_list_as_well(tmp_path: Path) -> None:
    """There is a file without rows, which engines can read, and a certificate that says that nobody is there."""
    place = Place(str(tmp_path))
    async with Emulator(0) as emulator:
        await place.write(emulator)
    found = place.open()
    assert [file.rows for file in found.certificate.files] == [0]
    assert found.table() == schema(with_tokens=False).empty_table()
    assert found.dataset().count_rows() == 0
    assert list(found.records()) == []


async def test_tokens_only_if_asked_for(tmp_path: Path, emulator: Emulator) -> None:
    """Without `with_tokens` no file has any; with it they are a column, in a folder that nobody else can look into."""
    place = Place(str(tmp_path))
    without = await place.write(emulator)
    tokens = [b"fake-token"]
    for name in place.names(without.certificate.run):
        assert not any(token in place.read(f"{without.certificate.run}/{name}") for token in tokens)
    assert "token" not in without.table().column_names
    private = await place.write(emulator, with_tokens=True)
    assert private.table().column("token").null_count == 0
    assert private.table().schema == schema(with_tokens=True)
    assert stat.S_IMODE(os.stat(private.address).st_mode) == 0o700  # noqa: PTH116


async def test_the_certificate_gives_neither_token_nor_address_away(tmp_path: Path, emulator: Emulator) -> None:
    """It tells them from others all the same."""
    place = Place(str(tmp_path))
    written = await place.write(emulator)
    text = place.read(f"{written.certificate.run}/{CERTIFICATE}").decode()
    assert emulator.token not in text
    assert "127.0.0.1" not in text
    async with client_of(emulator) as same, client_of(emulator, token="another") as other:
        assert written.is_of(same)
        assert not written.is_of(other)


async def test_filters_are_in_the_certificate(tmp_path: Path, emulator: Emulator) -> None:
    """As they were asked with."""
    written = await Place(str(tmp_path)).write(emulator, hierarchy_level_name="Region", consistency="exact")
    assert written.certificate.filters == {"hierarchy_level_name": "Region"}
    assert written.certificate.consistency == written.certificate.report.verdict == "exact"
    assert 0 < written.certificate.customers < 2345


async def test_other_filters_than_before_are_refused(tmp_path: Path, emulator: Emulator) -> None:
    """Whoever opens the newest snapshot would take some customers for all; nothing is sent, and nothing written."""
    place = Place(str(tmp_path))
    first = await place.write(emulator)
    asked = emulator.requests
    with pytest.raises(ConfigurationError) as caught:
        await place.write(emulator, hierarchy_level_name="Region")
    assert str(caught.value) == (
        f"the newest snapshot in '{tmp_path}' was made without filters, and this one is asked for with "
        "hierarchy_level_name='Region'; give the same filters, or keep this list in another place"
    )
    assert emulator.requests == asked
    assert place.names() == {first.certificate.run}


async def test_a_damaged_certificate_is_of_no_matter_to_a_new_run(tmp_path: Path, emulator: Emulator) -> None:
    """Or no snapshot could be written any more."""
    place = Place(str(tmp_path))
    first = await place.write(emulator)
    place.put(f"{first.certificate.run}/{CERTIFICATE}", b"{")
    await place.write(emulator)
    place.open().verify()


def fail_at(emulator: Emulator, page: int) -> None:
    def fail(seen: Seen) -> None:
        if seen.page == page:
            raise ConnectionError

    emulator.on_request = fail


async def test_a_list_that_breaks_off_leaves_nothing(place: Place, emulator: Emulator) -> None:
    """The error is the list's own; the folder of the run is gone, and the snapshot before is the newest."""
    first = await place.write(emulator, rows_per_file=300)
    fail_at(emulator, 15)
    async with client_of(emulator, retry=ONCE, max_concurrency=2) as explo:
        with pytest.raises(ServerError, match="page 15"):
            await write_snapshot(explo, place.root, page_size=100, rows_per_file=300, storage_options=place.options)
    assert place.names() == {first.certificate.run}
    assert (await asyncio.to_thread(place.open)).certificate == first.certificate


async def test_a_list_that_cannot_be_proved_leaves_nothing(tmp_path: Path) -> None:
    """One whose total no rows bear out raises `ListingChanged`, and is no snapshot."""
    place = Place(str(tmp_path))
    async with Emulator(500, total_error=3) as emulator:
        with pytest.raises(ListingChanged):
            await place.write(emulator)
    assert place.names() == set()


async def test_a_record_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    """As everywhere, it is an error that says where."""
    place = Place(str(tmp_path))
    async with Emulator([{"provided_id": "a"}, {"provided_id": "b", "emails": 7}]) as emulator:
        with pytest.raises(DecodeError, match=r"row 1 \(provided_id 'b'\): emails"):
            await place.write(emulator)
    assert place.names() == set()


async def test_a_cancelled_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a file was written already."""
    place = Place(str(tmp_path))
    written, loop, put = asyncio.Event(), asyncio.get_running_loop(), Folder.put

    def put_and_tell(folder: Folder, name: str, content: bytes) -> None:
        put(folder, name, content)
        loop.call_soon_threadsafe(written.set)

    monkeypatch.setattr(Folder, "put", put_and_tell)
    async with Emulator(2345, faults=[Hang(page=20)]) as emulator, client_of(emulator, max_concurrency=2) as explo:
        task = asyncio.create_task(write_snapshot(explo, tmp_path, page_size=100, rows_per_file=100))
        await written.wait()
        (run,) = place.names()
        assert place.names(run)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert place.names() == set()


async def test_what_the_store_refuses_names_the_file(tmp_path: Path, emulator: Emulator) -> None:
    """And what is left of the run is said."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SnapshotError) as caught:
        await Place(str(tmp_path / "file")).write(emulator)
    assert caught.value.file.startswith(str(tmp_path / "file"))
    assert f"cannot make '{tmp_path}/file/run=" in str(caught.value)


async def test_a_full_disk_is_told(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file, and with what is left where it cannot even be removed."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.rm", full)
    with pytest.raises(SnapshotError) as caught:
        await Place(str(tmp_path)).write(emulator)
    assert "part-00000.parquet': No space left on device; see that the place" in str(caught.value)
    (note,) = caught.value.__notes__
    assert note.startswith(f"what was written is left in '{tmp_path}/run=")
    assert note.endswith("and is no snapshot (cannot remove " + note.partition("(cannot remove ")[2])
    assert list_snapshots(str(tmp_path))[0].certificate is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows_per_file": 0}, "rows_per_file must be an int of at least 1, not 0"),
        ({"consistency": "off"}, "consistency must be one of 'checked', 'verified', 'exact', not 'off'"),
        ({"page_size": -1}, "page_size must be an int of at least 1, not -1"),
    ],
)
async def test_what_cannot_work_is_refused_first(
    options: dict[str, Any], message: str, tmp_path: Path, emulator: Emulator
) -> None:
    """Before anything is sent or made."""
    with pytest.raises(ConfigurationError, match=message):
        await Place(str(tmp_path / "snapshots")).write(emulator, **options)
    assert not emulator.requests
    assert not (tmp_path / "snapshots").exists()


async def test_unusual_records_come_back_as_they_were(tmp_path: Path) -> None:
    """Nulls, empty values, big numbers, further keys and any JSON: the same as by `fetch_table`."""
    rows: list[dict[str, Any]] = [
        {
            "provided_id": "1",
            "properties": {"big": 2**70, "deep": [[{"a": None}]]},
            "emails": None,
            "unknown": {"x": 1},
        },
        {"provided_id": "ü", "name": "東京", "properties": {}, "emails": [], "group_tags": None},
    ]
    async with Emulator(rows) as emulator:
        async with client_of(emulator) as explo:
            wanted = await fetch_table(explo)
        written = await Place(str(tmp_path)).write(emulator)
    assert written.table() == wanted
    assert msgspec.json.decode(wanted["properties"][0].as_py())["big"] == pytest.approx(2**70)
    assert isinstance(wanted, pa.Table)
