"""The names of runs and files, and which runs may be pruned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.snapshot.layout import choose_prunable, is_harmless, moment_of, name_part, name_run

NOW = datetime(2026, 11, 26, 16, 15, 0, 999_999, UTC)
NAME = "run=20261126T161500Z-1f3a"


def test_names() -> None:
    """A run is named by its moment, in UTC, and by four hexadecimal digits; its files are numbered."""
    assert name_run(NOW, 0x1F3A, []) == NAME
    assert name_run(NOW.astimezone(timezone(timedelta(hours=5))), 0x1F3A, []) == NAME
    assert name_run(NOW, 0, []) == "run=20261126T161500Z-0000"
    assert moment_of(NAME) == NOW.replace(microsecond=0)
    assert [name_part(number) for number in (0, 123_456)] == ["part-00000.parquet", "part-123456.parquet"]


@pytest.mark.parametrize(
    "name", ["", "run=", "run=20261126T161500Z", "run=20261126T161500Z-1F3A", f"{NAME}x", "run=20269926T161500Z-1f3a"]
)
def test_what_is_no_run(name: str) -> None:
    """Nothing else has a moment."""
    assert moment_of(name) is None


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), max_size=8), st.integers(0, 2**16 - 1))  # noqa: DTZ001
def test_a_new_run_sorts_last(moments: list[datetime], draw: int) -> None:
    """Whatever the clock says: behind runs of the same second, and behind those of a clock that was ahead."""
    names: list[str] = ["notes.txt"]
    for moment in moments:
        names.append(name_run(moment.replace(tzinfo=UTC), draw, names))
    assert names[1:] == sorted(set(names[1:]))


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("_SUCCESS", True),
        (".part-00000.parquet.crc", True),
        ("part-00001.parquet", False),
        ("_x.parquet", False),
        (".x.Parquet", False),
        ("data.csv", False),
    ],
)
def test_what_may_lie_in_a_run(name: str, harmless: bool) -> None:
    """What no engine takes for a part."""
    assert is_harmless(name) is harmless


def test_what_may_be_pruned() -> None:
    """All but the newest of those with a certificate; of the rest those that were begun long enough ago."""
    whole = [name_run(NOW - timedelta(days=days), days, []) for days in range(5)]
    rest = [name_run(NOW - timedelta(hours=hours), hours, []) for hours in (1, 24, 100)]
    old, abandoned = choose_prunable(whole, rest, keep=2, abandoned_after=timedelta(days=1), now=NOW)
    assert old == [whole[4], whole[3], whole[2]]
    assert abandoned == [rest[2], rest[1]]
    assert choose_prunable(whole, [], keep=9, abandoned_after=timedelta(0), now=NOW) == ([], [])
