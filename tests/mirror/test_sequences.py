"""Random sequences of changes, runs, kills and lists that cannot be proved, beside a model; `nox -s mirror` tries 1 000."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from explo_async.emulator import Emulator
from tests.mirror.bases import PostgresBase, SqliteBase
from tests.mirror.sequences import Life

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mirror.bases import Base

pytestmark = pytest.mark.long

SEQUENCES = int(os.environ.get("MIRROR_SEQUENCES", "12"))


@pytest.mark.parametrize("seed", range(SEQUENCES))
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_the_table_is_the_last_complete_list(
    kind: str, seed: int, tmp_path: Path, request: pytest.FixtureRequest, record_property: object
) -> None:
    """Whatever happened before, and the history tells what was true at each moment; nobody is lost, nobody there twice."""
    chance = Random(f"{kind} {seed}")
    base: Base = SqliteBase(tmp_path / "tenants.db")
    if kind == "postgres":
        base = PostgresBase(request.getfixturevalue("postgres"))
    async with Emulator(chance.randrange(1, 60), seed=seed) as emulator:
        life = Life(base, emulator, chance, table=f"tenants_{seed}")
        await life.live(chance.randrange(4, 10))
    assert callable(record_property)
    for name, count in life.counts.items():
        record_property(name, count)
