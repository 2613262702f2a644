"""A snapshot on either side of a comparison: as it was opened, or by its address."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from explo_async import ConfigurationError, SnapshotError
from explo_async.diff import Added, Changed, Removed, compare, comparison, iter_differences
from explo_async.emulator import Emulator
from explo_async.snapshot import open_snapshot
from tests.helpers.clients import client_of
from tests.snapshot.places import Place

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from explo_async.diff.difference import Difference
    from explo_async.record import Record


async def two_snapshots(folder: Path) -> tuple[Place, Place]:
    """Write two, of which the second has a customer more, one less and one changed; tokens only in the first."""
    one, other = Place(str(folder / "one")), Place(str(folder / "other"))
    async with Emulator(300) as emulator:
        await one.write(emulator, with_tokens=True, rows_per_file=70)
        emulator.add({"provided_id": "new"})
        emulator.delete(emulator.provided_ids[0])
        emulator.change(emulator.provided_ids[100], name="Another")
        await other.write(emulator)
    return one, other


async def test_every_way_to_name_a_snapshot(tmp_path: Path) -> None:
    """Opened, by the folder of its run, by that of all runs; against each other, a list and an export."""
    one, other = await two_snapshots(tmp_path)
    opened = open_snapshot(one.root)
    customers = [Added, Removed, Changed]
    for old in (opened, opened.address, one.root, tmp_path / "one"):
        found = list(iter_differences(old, other.root))
        assert sorted(type(each).__name__ for each in found) == sorted(kind.__name__ for kind in customers)
        diff = compare(old, open_snapshot(other.root))
        assert [customer.provided_id for customer in diff.added] == ["new"]
        assert [changed.fields for changed in diff.changed] == [("name",)]
        assert diff.unchanged == 298
    async with Emulator(300) as emulator, client_of(emulator) as explo:
        assert not compare(one.root, await explo.customers.list())


async def test_a_damaged_snapshot_tells_of_no_difference(tmp_path: Path) -> None:
    """Its customers would be taken for removed."""
    one, other = await two_snapshots(tmp_path)
    run = open_snapshot(one.root).certificate.run
    one.change(f"{run}/part-00004.parquet", 50)
    told: list[Difference] = []
    with pytest.raises(SnapshotError, match=r"part-00004\.parquet' was changed after it had been written"):
        told.extend(iter_differences(other.root, one.root))
    assert not any(isinstance(each, Added | Removed) for each in told)


async def test_snapshots_of_nobody(tmp_path: Path) -> None:
    """They have no files, and nothing differs."""
    async with Emulator(0) as emulator:
        place = Place(str(tmp_path))
        await place.write(emulator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "WORTH_AN_ENGINE", 0)
        assert not compare(tmp_path, tmp_path)


def test_a_folder_without_snapshots(tmp_path: Path) -> None:
    """It is no empty list."""
    with pytest.raises(SnapshotError, match=f"^there is no snapshot in {re.escape(repr(str(tmp_path)))}"):
        compare(tmp_path, [])


async def test_an_id_that_is_twice_names_the_snapshot(tmp_path: Path) -> None:
    """As of a file."""

    class Twice:
        address = "s3://bucket/run"

        def records(self) -> Generator[list[Record], None, None]:
            yield [*next(open_snapshot(tmp_path).records())] * 2

    async with Emulator(1) as emulator:
        await Place(str(tmp_path)).write(emulator)
    with pytest.raises(Exception, match="^'s3://bucket/run': the customer 'customer-0000000' is there twice"):
        compare(Twice(), [])


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what to install."""
    for name in [name for name in sys.modules if name.startswith("explo_async.snapshot")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ConfigurationError) as caught:
        compare(tmp_path, [])
    assert str(caught.value).startswith("explo_async.snapshot needs fsspec; pip install 'explo-async[")
