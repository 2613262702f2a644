"""Comparing in an engine: what differs, in which order, and which errors, as customer by customer."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from pyarrow import parquet

from explo_async.diff import comparison, narrowing
from explo_async.diff.comparison import Comparison
from explo_async.diff.kept import KeptExport
from explo_async.diff.staging import Doubt, Staged, stage
from explo_async.errors import ExportError
from explo_async.files.arrow_columns import to_batch
from explo_async.files.formats import FORMATS, Format, find_format
from explo_async.record import Record
from tests.diff.test_matching import pairs_of_lists
from tests.helpers.record_strategy import HARD, numbered, written

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from explo_async.diff.difference import Difference

every_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


def both_ways(old: Path, new: Path) -> tuple[list[Difference], list[Difference]]:
    """Compare in the engine, and without; the counts have to be the same."""
    found, counts = [], []
    for least in (0, sys.maxsize):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(comparison, "WORTH_AN_ENGINE", least)
            compared = Comparison(old, new)
            found.append([each for step in compared.steps() for each in step])
            counts.append((compared.counts.read, compared.counts.unchanged, compared.counts.changed))
    assert counts[0] == counts[1]
    return found[0], found[1]


def in_engine(old: Path, new: Path) -> Iterator[Any]:
    """Compare in the engine, which is not left for the other way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "WORTH_AN_ENGINE", 0)
        patch.setattr(Comparison, "_in_step", lambda _: pytest.fail("the engine was left"))
        yield from Comparison(old, new).steps()


def in_format(folder: Path, name: str, form: Format, records: list[Record]) -> Path:
    """Write a file."""
    path = folder / f"{name}{form.ending}"
    written(form.load(), records, path)
    return path


@settings(max_examples=60)
@given(lists=pairs_of_lists())
def test_both_ways_find_the_same(lists: tuple[list[Record], list[Record]]) -> None:
    """Whatever the values are, and whichever of them are null."""
    with TemporaryDirectory() as folder:
        old, new = (
            in_format(Path(folder), name, find_format(Path(".parquet")), each)
            for name, each in zip("on", lists, strict=True)
        )
        engine, steps = both_ways(old, new)
        assert engine == steps
        list(in_engine(old, new))


@every_format
def test_every_format_is_compared(form: Format, tmp_path: Path) -> None:
    """What comes from the engine is what is found without it, from each format against each of the hard customers."""
    olds = [Record(f"{number}", **_fields(record)) for number, record in enumerate(HARD.values())]
    news = [Record(f"{number}", **_fields(record)) for number, record in enumerate([*HARD.values()][::-1])]
    old, new = in_format(tmp_path, "old", form, olds), in_format(tmp_path, "new", form, news)
    engine, steps = both_ways(old, new)
    assert engine == steps
    assert len(engine) > len(HARD) // 2
    list(in_engine(old, new))


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__ if name != "provided_id"}


@pytest.mark.parametrize("order", ["same", "opposite", "shuffled", "longer", "shorter"])
def test_the_order_is_that_of_lists_read_in_step(order: str, tmp_path: Path) -> None:
    """Also where one list is longer, or the other way round; each change is there once."""
    olds = numbered(3500)
    news = [
        Record(record.provided_id, f"{record.name}!" if number % 3 else record.name)
        for number, record in enumerate(olds)
    ]
    if order == "opposite":
        news.reverse()
    elif order == "shuffled":
        Random(4).shuffle(news)
    elif order == "longer":
        news = [*numbered(5200)[4100:], *news]
    elif order == "shorter":
        news = news[700:-900]
    parquet_form = find_format(Path(".parquet"))
    old, new = in_format(tmp_path, "old", parquet_form, olds), in_format(tmp_path, "new", parquet_form, news)
    engine, steps = both_ways(old, new)
    assert engine == steps
    assert len(engine) > 1000


SOUND = {"properties": '{"a": 1}', "emails": ["x"], "parent_schema_datasource_mapping": [("4", "5")]}
WRONG: dict[str, dict[str, Any]] = {
    "no JSON": {"properties": "{"},
    "no object": {"properties": "[]"},
    "nothing at all": {"computed_properties": ""},
    "JSON of two lines": {"properties": "{}\n{}"},
    "a word that is no JSON": {"properties": '{"a":NaN}'},
    "a comma too many": {"extra": '{"a":1,}'},
    "a number that is too large": {"properties": '{"a":1e999}'},
    "nested too deeply": {"extra": '{"a":' * 200 + "1" + "}" * 200},
    "a null in a list": {"emails": ["x", None]},
    "a null in a mapping": {"parent_schema_datasource_mapping": [("4", None)]},
    "no id": {"provided_id": ""},
    "an id twice": {"provided_id": "customer-1"},
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("sides", ["old", "new", "both"])
def test_what_is_no_customer_is_the_same_error(wrong: str, sides: str, tmp_path: Path) -> None:
    """Whether the row is the same in both files, or in one alone."""
    old, new = (
        _with_row(tmp_path / f"{side}.parquet", WRONG[wrong] if sides in {side, "both"} else {})
        for side in ("old", "new")
    )
    messages = []
    for least in (0, sys.maxsize):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(comparison, "WORTH_AN_ENGINE", least)
            with pytest.raises(ExportError) as caught:
                list(Comparison(old, new).steps())
            messages.append(str(caught.value))
    assert messages[0] == messages[1]


def _with_row(path: Path, cells: dict[str, Any]) -> Path:
    """Write customers the second last of which has these cells."""
    batch = to_batch([Record(f"customer-{number}", extra={}) for number in range(5)], with_tokens=False)
    columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
    for name, cell in (SOUND | cells).items():
        columns[name][3] = cell
    arrays = [pa.array(values, batch.schema.field(name).type) for name, values in columns.items()]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=batch.schema), path)
    return path


def test_a_file_that_is_no_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the error that it is without an engine."""
    monkeypatch.setattr(comparison, "WORTH_AN_ENGINE", 0)
    good = in_format(tmp_path, "good", find_format(Path(".parquet")), numbered(3))
    (tmp_path / "bad.parquet").write_bytes(b"nothing")
    with pytest.raises(ExportError, match="bad.parquet': it is no Parquet file, or not whole"):
        list(Comparison(good, tmp_path / "bad.parquet").steps())


def test_columns_that_are_not_there_are_null(tmp_path: Path) -> None:
    """As without an engine."""
    parquet.write_table(pa.table({"provided_id": ["a", "b"], "name": ["A", None]}), tmp_path / "old.parquet")
    new = in_format(tmp_path, "new", find_format(Path(".parquet")), [Record("b", None), Record("a", "Z", emails=[])])
    engine, steps = both_ways(tmp_path / "old.parquet", new)
    assert engine == steps
    assert [each.kind for each in engine] == ["changed"]


@pytest.mark.parametrize("left", [False, True])
def test_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, left: bool) -> None:
    """What did not fit into memory is gone at the end, also when it comes early."""
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    old = in_format(tmp_path, "old", find_format(Path(".csv")), numbered(10))
    new = in_format(tmp_path, "new", find_format(Path(".csv")), numbered(9))
    steps = in_engine(old, new)
    assert next(steps) == ()
    assert list(spare.iterdir())
    if left:
        steps.close()  # type: ignore[attr-defined]
    else:
        assert [each.kind for step in steps for each in step] == ["removed"]
    assert not list(spare.iterdir())


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are compared without an engine where none is installed."""
    monkeypatch.setattr(comparison, "WORTH_AN_ENGINE", 0)
    for name in [name for name in sys.modules if name.startswith("explo_async.diff.engine")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "explo_async.diff.narrowing", raising=False)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    old = in_format(tmp_path, "old", find_format(Path(".csv")), numbered(10))
    new = in_format(tmp_path, "new", find_format(Path(".csv")), numbered(9))
    assert [each.kind for step in Comparison(old, new).steps() for each in step] == ["removed"]


def narrowed(tmp_path: Path, query: str) -> Iterator[Any]:
    """Run another query in the place of the one that narrows."""
    path = in_format(tmp_path, "list", find_format(Path(".parquet")), numbered(3))
    staged = _finish(stage(KeptExport(path), tmp_path))
    with pytest.MonkeyPatch.context() as patch, narrowing.Narrowing(staged, staged, tmp_path) as engine:
        patch.setattr(narrowing, "_candidates", lambda: query)
        yield from engine.candidates()
    assert engine.joined() == 1.0


def _finish(steps: Generator[int, None, Staged]) -> Staged:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def test_an_engine_that_fails_at_once_is_left(tmp_path: Path) -> None:
    """The other way can still give the answer."""
    for query in ("SELECT error('no room')", "SELECT CASE WHEN range > 5 THEN error('no room') END FROM range(40)"):
        with pytest.raises(Doubt):
            list(narrowed(tmp_path, query))


def test_an_engine_that_fails_later_is_an_error(tmp_path: Path) -> None:
    """Or what was told would be told again."""
    rows = narrowed(
        tmp_path, "SELECT CASE WHEN range > 3000000 THEN error('no room') ELSE range END FROM range(4000000)"
    )
    assert next(rows).num_rows
    with pytest.raises(ExportError, match="the comparison broke off: .*no room; make room for temporary files"):
        list(rows)


def test_what_differs_in_its_text_alone_is_the_same(tmp_path: Path) -> None:
    """The engine takes another order of keys for a difference, and JSON does not."""
    old = in_format(tmp_path, "old", find_format(Path(".parquet")), [Record("a", properties={"x": 1, "y": 2})])
    new = in_format(tmp_path, "new", find_format(Path(".parquet")), [Record("a", properties={"y": 2, "x": 1})])
    assert [each for step in in_engine(old, new) for each in step] == []


def test_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share grows while lists are checked, and while they are joined."""
    monkeypatch.setattr(comparison, "WORTH_AN_ENGINE", 0)
    old = in_format(tmp_path, "old", find_format(Path(".parquet")), numbered(5000))
    new = in_format(tmp_path, "new", find_format(Path(".parquet")), numbered(4000))
    compared = Comparison(old, new)
    shares = [compared.counts.share for _ in compared.steps()]
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert 0 < known[0] < 0.25 < known[-1] <= 1
    assert compared.counts.matched == 4000
