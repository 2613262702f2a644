"""An export as a whole: which customers are in the file, and what is left where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async import ServerError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Status
from explo_async.wire.call import Filters
from tests.helpers.exports import NAMES, export, names_in, read_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", NAMES)
async def test_all_customers_are_in_the_file(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """In every format: each customer once, in listing order, without its token, and nothing else beside the file."""
    target = tmp_path / f"customers.{name}"
    kept, told = await export(emulator, target)
    records = read_file(target)
    assert [record.provided_id for record in records] == list(emulator.provided_ids)
    assert {record.token for record in records} == {None}
    assert kept == 2345
    assert (told.already, told.pages) == (0, 24)
    assert told.written[-1:] == ([] if name == "jsonl" else [2345])
    assert names_in(tmp_path) == {target.name}


@pytest.mark.parametrize("name", NAMES)
async def test_an_empty_list_is_a_file_without_customers(name: str, tmp_path: Path) -> None:
    """No customers are no error: the file is there, and says so when it is read."""
    target = tmp_path / f"customers.{name}"
    async with Emulator(0) as emulator:
        assert (await export(emulator, target))[0] == 0
    assert read_file(target) == []


async def test_filters_choose(emulator: Emulator, tmp_path: Path) -> None:
    """An export is of the customers that the filters leave."""
    target = tmp_path / "regions.jsonl"
    await export(emulator, target, filters=Filters(hierarchy_level_name="Region"))
    assert {record.hierarchy_level for record in read_file(target)} == {"Region"}


async def test_a_failure_before_the_first_customer_leaves_nothing(tmp_path: Path) -> None:
    """Where there is nothing to go on with, nothing is left."""
    async with Emulator(10, faults=[Status(500)]) as emulator:
        with pytest.raises(ServerError):
            await export(emulator, tmp_path / "customers.jsonl")
    assert names_in(tmp_path) == set()
