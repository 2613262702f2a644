"""What an answer says of itself."""

from __future__ import annotations

import pytest

from explo_async.completeness.reading import Reading, find_flaw, read_answer
from explo_async.plan import Ask
from tests.completeness.made import make_reading


def read(ask: Ask, *, total: int = 9, rows: int = 3, is_whole: bool = True, more: bool | None = None) -> Reading:
    return read_answer(5, ask, size=3, moments=(2, 4), total=total, rows=rows, is_whole=is_whole, more=more)


def said(reading: Reading) -> str:
    """List what a reading says of itself."""
    return " ".join(name for name in ("fit", "is_last", "falls_short", "denies_end") if getattr(reading, name))


def test_its_place() -> None:
    """A page of another size stands where it begins in the listing."""
    reading = read(Ask(3, 4))
    assert (reading.index, reading.sent, reading.arrived) == (5, 2, 4)
    assert (reading.number, reading.first, reading.rows, reading.total, reading.picture) == (3, 8, 3, 9, None)


@pytest.mark.parametrize(
    ("ask", "total", "rows", "more", "words"),
    [
        pytest.param(Ask(1, 3), 9, 3, None, "fit", id="a page in the middle"),
        pytest.param(Ask(1, 3), 9, 3, True, "fit", id="with others after it"),
        pytest.param(Ask(3, 3), 9, 3, None, "fit is_last", id="the last page"),
        pytest.param(Ask(3, 3), 8, 2, False, "fit is_last", id="the last page, that says so"),
        pytest.param(Ask(1, 3), 0, 0, None, "fit is_last", id="an empty list"),
        pytest.param(Ask(3, 3), 9, 3, True, "denies_end", id="the last page, that says it is not"),
        pytest.param(Ask(3, 3), 9, 2, None, "falls_short", id="fewer rows than are due"),
        pytest.param(Ask(3, 3), 9, 2, False, "falls_short", id="fewer rows than are due, and no more"),
        pytest.param(Ask(3, 3), 9, 2, True, "", id="fewer rows than are due, and more to come"),
        pytest.param(Ask(3, 3), 8, 3, None, "", id="more rows than are due"),
        pytest.param(Ask(2, 6), 12, 6, None, "fit is_last", id="a larger page"),
        pytest.param(Ask(2, 6), 9, 3, None, "", id="a larger page that was cut by its total, or clamped"),
        pytest.param(Ask(1, 6), 5, 5, None, "fit is_last", id="a larger page 1"),
        pytest.param(Ask(1, 6), 9, 3, None, "", id="a larger page 1 that was clamped"),
        pytest.param(Ask(2, 2), 9, 2, None, "fit", id="a smaller page"),
        pytest.param(Ask(2, 2), 9, 1, None, "falls_short", id="a smaller page with fewer rows than are due"),
    ],
)
def test_rows_and_total(ask: Ask, total: int, rows: int, more: bool | None, words: str) -> None:
    """Whether the rows are those that the total calls for, and whether they show or deny an end."""
    assert said(read(ask, total=total, rows=rows, more=more)) == words


@pytest.mark.parametrize(("rows", "more", "words"), [(3, None, ""), (3, True, "denies_end"), (2, None, "")])
def test_rows_that_cannot_be_read_prove_nothing(rows: int, more: bool | None, words: str) -> None:
    """A page with one row twice, or without an id, neither fits nor shows an end."""
    assert said(read(Ask(3, 3), rows=rows, is_whole=False, more=more)) == words


@pytest.mark.parametrize(
    ("is_whole", "keys", "flaw"),
    [
        (True, ["a", "b"], "total_wrong"),
        (False, ["a", None, "a"], "unreadable_id"),
        (False, ["a", "a"], "duplicate_ids"),
    ],
)
def test_flaw(keys: list[str | None], flaw: str, *, is_whole: bool) -> None:
    """What is wrong with an answer that is not fit is its total, unless its rows cannot be told apart."""
    assert find_flaw(read(Ask(1, 3), is_whole=is_whole), keys) == flaw


@pytest.mark.parametrize(
    ("number", "rows", "total", "echoes"),
    [(2, 3, 9, True), (1, 3, 9, False), (2, 2, 9, False), (2, 3, 12, False)],
)
def test_echo(number: int, rows: int, total: int, *, echoes: bool) -> None:
    """Another page is an echo of one with as many rows, two at least, and the same total."""
    one = make_reading(0, 1)
    assert make_reading(1, number, rows=rows, total=total).echoes(one) == echoes
    assert not make_reading(2, 2, rows=1).echoes(make_reading(3, 1, rows=1))
