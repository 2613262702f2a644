"""What every format of a file of customers has to do alike."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given

from explo_async.errors import ExportError
from explo_async.files.formats import CHUNK, FORMATS, Format
from explo_async.files.lines import encode_lines
from explo_async.record import Record
from tests.helpers.record_strategy import HARD, fingerprint, lists_of_records, numbered, read_all, synthetic, written

if TYPE_CHECKING:
    from collections.abc import Iterator

every_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)

T = TypeVar("T")
TOKEN = "a customer's own token"


@every_format
@given(drawn=lists_of_records)
def test_round_trip(form: Format, drawn: list[Record]) -> None:
    """Whatever was written is read back the same: values, types, order, and nulls apart from what is empty."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "customers"
        written(form.load(), drawn, path)
        assert fingerprint(read_all(form.load(), path)) == fingerprint(drawn)


@every_format
@pytest.mark.parametrize("case", HARD)
def test_hard_cases(form: Format, case: str, tmp_path: Path) -> None:
    """What a format may trip over is read back the same."""
    path = tmp_path / "customers"
    written(form.load(), [HARD[case]], path)
    assert fingerprint(read_all(form.load(), path)) == fingerprint([HARD[case]])


@every_format
@pytest.mark.parametrize("case", HARD)
def test_by_way_of_a_log(form: Format, case: str, tmp_path: Path) -> None:
    """What comes from the log of an export, where free JSON stays text, makes the file that the records make."""
    log, path = tmp_path / "log", tmp_path / "customers"
    records = [HARD[case], Record("2nd", properties={"a": [1.5, None]}, computed_properties={}), Record("3rd")]
    log.write_bytes(encode_lines(records, with_tokens=True))
    assert list(form.write_log(log, path, with_tokens=True))[-1] == len(records)
    assert fingerprint(read_all(form.load(), path)) == fingerprint(records)


@every_format
@given(drawn=lists_of_records)
def test_both_roads_make_the_same_file(form: Format, drawn: list[Record]) -> None:
    """By way of a log a file has the bytes that records make, whatever rows are among each other."""
    with TemporaryDirectory() as folder:
        log, path, other = Path(folder, "log"), Path(folder, "logged"), Path(folder, "written")
        log.write_bytes(encode_lines(drawn, with_tokens=True))
        list(form.write_log(log, path, with_tokens=True))
        written(form.load(), drawn, other)
        assert fingerprint(read_all(form.load(), path)) == fingerprint(drawn)
        # DuckDB's files have a random number in them.
        assert form.name == "duckdb" or path.read_bytes() == other.read_bytes()


@every_format
def test_tokens_are_left_out(form: Format, tmp_path: Path) -> None:
    """Without `with_tokens` no customer's token is in the file, and all else is."""
    path = tmp_path / "customers"
    records = [Record("a", "Ann", TOKEN), Record("b", token=TOKEN, extra={"k": 1})]
    written(form.load(), records, path, with_tokens=False)
    found = read_all(form.load(), path)
    assert [record.token for record in found] == [None, None]
    assert fingerprint(found, with_tokens=False) == fingerprint(records, with_tokens=False)
    assert TOKEN.encode() not in path.read_bytes()


@every_format
def test_no_customers(form: Format, tmp_path: Path) -> None:
    """A list without customers makes a file without customers."""
    path = tmp_path / "customers"
    assert written(form.load(), [], path) == []
    assert read_all(form.load(), path) == []


@every_format
def test_an_empty_chunk_is_no_end(form: Format, tmp_path: Path) -> None:
    """A chunk without customers changes nothing."""
    path = tmp_path / "customers"
    list(form.load().write([[], [Record("a")], []], path, with_tokens=True))
    assert [record.provided_id for record in read_all(form.load(), path)] == ["a"]


@every_format
def test_steps_tell_how_far_it_is(form: Format, tmp_path: Path) -> None:
    """The last step of writing tells of all customers, and what is read comes in chunks, in order."""
    path = tmp_path / "customers"
    records = numbered(2 * CHUNK + 1)
    steps = written(form.load(), records, path)
    assert steps == sorted(steps)
    assert steps[-1] == len(records)
    chunks = list(form.load().read(path))
    assert max(map(len, chunks)) <= 2048
    assert [record.provided_id for chunk in chunks for record in chunk] == [record.provided_id for record in records]


@every_format
def test_nothing_is_left_beside_the_file(form: Format, tmp_path: Path) -> None:
    """No journal and no other side file is there after writing, nor after reading."""
    path = tmp_path / "customers"
    written(form.load(), numbered(5), path)
    assert list(tmp_path.iterdir()) == [path]
    read_all(form.load(), path)
    assert list(tmp_path.iterdir()) == [path]


@every_format
def test_each_step_in_another_thread(form: Format, tmp_path: Path) -> None:
    """Threads may take turns in writing and in reading."""
    path = tmp_path / "customers"
    records = numbered(CHUNK + 1)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:

        def in_turns(steps: Iterator[T]) -> list[T]:
            done: list[T] = []
            while (step := (one, other)[len(done) % 2].submit(next, steps, None).result()) is not None:
                done.append(step)
            return done

        chunks = [records[start : start + 100] for start in range(0, len(records), 100)]
        in_turns(form.load().write(chunks, path, with_tokens=True))
        assert sum(len(chunk) for chunk in in_turns(form.load().read(path))) == len(records)


@every_format
def test_left_early(form: Format, tmp_path: Path) -> None:
    """A writer and a reader that are closed early let go of their files."""
    path = tmp_path / "customers"
    writing = form.load().write(iter([numbered(40_000), [Record("z")]]), path, with_tokens=True)
    next(writing)
    writing.close()
    assert open_files(path) == []
    path.unlink()
    written(form.load(), numbered(CHUNK + 1), path)
    reading = form.load().read(path)
    next(reading)
    reading.close()
    assert open_files(path) == []


def open_files(path: Path) -> list[str]:
    names = Path("/proc/self/fd").iterdir() if Path("/proc/self/fd").is_dir() else ()
    return [str(name.resolve()) for name in names if name.resolve() == path]


@every_format
def test_a_file_that_is_not_there(form: Format, tmp_path: Path) -> None:
    """What cannot be opened is an OSError, for a reader and for a writer."""
    with pytest.raises(FileNotFoundError):
        read_all(form.load(), tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        read_all(form.load(), tmp_path)
    with pytest.raises(OSError, match="."):
        written(form.load(), [Record("a")], tmp_path / "no folder" / "customers")
    assert list(tmp_path.iterdir()) == []


@every_format
@pytest.mark.parametrize("content", [b"\x00\xff" * 600, b"neither this nor that\n" * 60], ids=["bytes", "text"])
def test_a_file_of_something_else(form: Format, content: bytes, tmp_path: Path) -> None:
    """A file that is not what its format calls for is named in one line that says what to do."""
    path = tmp_path / "customers"
    path.write_bytes(content)
    with pytest.raises(ExportError) as caught:
        read_all(form.load(), path)
    assert str(caught.value).startswith(f"'{path}': ")
    assert str(caught.value).endswith("; correct it, or export the list anew")
    assert "\n" not in str(caught.value)
    assert caught.value.file == str(path)


@pytest.mark.parametrize(
    "form", [form for form in FORMATS if form.name not in {"jsonl", "csv"}], ids=lambda form: form.name
)
@pytest.mark.parametrize("part", [0, 0.2, 0.6, 0.98])
def test_a_file_that_is_cut_off(form: Format, part: float, tmp_path: Path) -> None:
    """What is left of a file is not taken for the whole; of text alone the end cannot be told."""
    path = tmp_path / "customers"
    written(form.load(), numbered(3000), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(ExportError):
        read_all(form.load(), path)


@pytest.mark.parametrize("form", [form for form in FORMATS if form.name != "duckdb"], ids=lambda form: form.name)
def test_same_customers_same_bytes(form: Format, tmp_path: Path) -> None:
    """The file does not depend on the sizes of the chunks, on its name or on the time."""
    records = synthetic(20_000)
    for name, size in (("one", 999), ("other", 17_000)):
        chunks = (records[start : start + size] for start in range(0, len(records), size))
        list(form.load().write(chunks, tmp_path / name, with_tokens=True))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@every_format
def test_memory_is_flat(form: Format, tmp_path: Path) -> None:
    """Four times the customers take no more of Python's memory, to write or to read."""
    module = form.load()

    def chunks(count: int) -> Iterator[list[Record]]:
        for start in range(0, count, 500):
            yield [Record(f"{number:08}") for number in range(start, start + 500)]

    def peak(count: int) -> int:
        path = tmp_path / str(count)
        tracemalloc.reset_peak()
        assert sum(1 for _ in module.write(chunks(count), path, with_tokens=True)) > 0
        assert sum(map(len, module.read(path))) == count
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak(500)
        assert peak(16_000) < 1.5 * peak(4_000)
    finally:
        tracemalloc.stop()
