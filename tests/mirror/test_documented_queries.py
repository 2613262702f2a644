"""The queries of the documentation, as they stand there, in both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient
from explo_async.emulator import Emulator
from explo_async.mirror import mirror
from explo_async.mirror.tables import SCHEMA_VERSION, make_tables
from tests.helpers.documents import BLOCKS, ROOT
from tests.mirror.bases import as_moment, moments

if TYPE_CHECKING:
    from tests.mirror.bases import Base

QUERIES = [block.text for block in BLOCKS if block.language == "sql"]


@pytest.fixture
async def lived(base: Base) -> list[dict[str, Any]]:
    """Let a mirror live: one customer leaves in October and comes back, another changes and leaves in November."""
    async with Emulator(50) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        gone = emulator.customer("customer-0000007")
        others = []
        for number in range(5):
            if number == 2:
                emulator.delete("customer-0000007")
                emulator.change("customer-0000042", name="Another", group_tags=["beta"])
            if number == 3:
                emulator.add(gone)
            if number == 4:
                emulator.delete("customer-0000042")
            run = await mirror(explo, base.url, history=True)
            others.append({"customers": run.customers, "elapsed": run.report.stats.elapsed})
    # As if the runs had been a month apart, the third in October.
    for number, at in enumerate(await moments(base)):
        then = f"'2026-{8 + number:02}-10 00:00:00.000000{'+00' if 'postgresql' in base.url else ''}'"
        for table, column in (("runs", "valid_from"), ("history", "valid_from"), ("history", "valid_to")):
            where = f"{column} = {base.literal(at)}"
            await base.rows(f"update explo_customers_{table} set {column} = {then} where {where}")
    return others


def find_query(part: str) -> str:
    """Find a query by what only it has."""
    (found,) = (query for query in QUERIES if part in query)
    return found


async def test_who_left_last_month(base: Base, lived: object) -> None:
    """Who was removed in it, though they came back; not who only changed, and nobody of another month."""
    assert lived
    rows = await base.rows(find_query("'2026-11-01'"))
    assert [(provided_id, as_moment(moment).month) for provided_id, _, moment in rows] == [("customer-0000007", 10)]


async def test_what_changed_for_a_customer(base: Base, lived: object) -> None:
    """Each state, beside the one before."""
    assert lived
    first, second = await base.rows(find_query("customer-0000042"))
    assert first[3] is first[5] is first[7] is None
    assert (second[2], second[3]) == ("Another", first[2])
    assert (json.loads(second[4]), second[5]) == (["beta"], first[4])
    assert second[6] == second[7] == first[6]
    assert [as_moment(each).month for each in (*first[:2], *second[:2])] == [8, 10, 10, 12]


async def test_how_long_a_run_takes(base: Base, lived: list[dict[str, Any]]) -> None:
    """The newest first; the fetch is a part of the run."""
    rows = await base.rows(find_query("'elapsed'"))
    assert [row[0] for row in rows] == [5, 4, 3, 2, 1]
    assert [row[3] for row in rows[::-1]] == [run["customers"] for run in lived]
    assert [float(row[5]) for row in rows[::-1]] == [run["elapsed"] for run in lived]
    assert all(row[4] > float(row[5]) > 0 for row in rows)
    assert [row[6] for row in rows[::-1]] == [50, 0, 2, 1, 1]


async def test_what_was_true_at_a_time(base: Base, lived: object) -> None:
    """In the middle of October one had left, and another had changed."""
    assert lived
    found = {provided_id: name for provided_id, name, _ in await base.rows(find_query("'2026-10-15 12:00:00'"))}
    assert len(found) == 49
    assert "customer-0000007" not in found
    assert found["customer-0000042"] == "Another"


def test_every_query_has_a_test() -> None:
    """There are no others."""
    assert len(QUERIES) == 4


def test_the_page_names_each_column() -> None:
    """Of each table, and the version of the schema."""
    page = (ROOT / "docs" / "how-to" / "mirror.md").read_text("utf-8")
    for table in make_tables("explo_customers").lasting(history=True):
        assert [column.name for column in table.columns if f"`{column.name}`" not in page] == []
    assert f"| `schema_version` | {SCHEMA_VERSION} |" in page
