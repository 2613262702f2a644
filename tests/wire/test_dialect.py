"""What page 1 tells about a deployment's spelling, and how a query is spelled."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from explo_async.endpoint import PATHS
from explo_async.wire.dialect import Dialect, Lesson, learn, other_path, query

NEW = Dialect()
CAMEL = Dialect(page_size_name="pageSize")
SURE = Dialect(confirmed=True)
SURE_CAMEL = Dialect(page_size_name="pageSize", confirmed=True)
SILENT = Dialect(page_size_name=None, confirmed=True)


def test_documented_today() -> None:
    """A client starts with today's documentation, unconfirmed."""
    assert Dialect() == Dialect(path="/v2/api/customers/", page_size_name="page_size", confirmed=False)


@pytest.mark.parametrize(
    ("dialect", "parent", "level", "spelled"),
    [
        (NEW, None, None, {"page": "2", "page_size": "500"}),
        (CAMEL, None, None, {"page": "2", "pageSize": "500"}),
        (SILENT, None, None, {"page": "2"}),
        (NEW, "acme", None, {"page": "2", "page_size": "500", "parent_provided_id": "acme"}),
        (NEW, None, "Region", {"page": "2", "page_size": "500", "hierarchy_level_name": "Region"}),
        (SILENT, "", "", {"page": "2", "parent_provided_id": "", "hierarchy_level_name": ""}),
    ],
)
def test_query(dialect: Dialect, parent: str | None, level: str | None, spelled: dict[str, str]) -> None:
    """A query has the page, its size as the deployment spells it, and the filters that were given."""
    assert query(dialect, page=2, page_size=500, parent_provided_id=parent, hierarchy_level_name=level) == spelled


@pytest.mark.parametrize(
    ("dialect", "asked", "rows", "total_count", "lesson"),
    [
        pytest.param(NEW, 1000, 1000, 5000, Lesson(dialect=SURE, applied=1000), id="as asked"),
        pytest.param(NEW, 1, 1, 5000, Lesson(dialect=SURE, applied=1), id="as asked, fewer than the default"),
        pytest.param(NEW, 1000, 500, 5000, Lesson(dialect=SURE, applied=500), id="clamped"),
        pytest.param(NEW, 10, 50, 5000, Lesson(dialect=SURE, applied=50), id="own size"),
        pytest.param(NEW, 20, 20, 5000, Lesson(dialect=NEW, applied=20), id="default asked for"),
        pytest.param(NEW, 1000, 12, 12, Lesson(dialect=NEW, applied=1000), id="whole list"),
        pytest.param(NEW, 1000, 20, 20, Lesson(dialect=NEW, applied=1000), id="whole list of 20"),
        pytest.param(NEW, 10, 15, 15, Lesson(dialect=NEW, applied=15), id="whole list, more than asked"),
        pytest.param(NEW, 1000, 0, 0, Lesson(dialect=NEW, applied=1000), id="empty list"),
        pytest.param(NEW, 1000, 0, 12, Lesson(dialect=NEW, applied=None), id="rows kept back"),
        pytest.param(NEW, 1000, 20, 21, Lesson(dialect=CAMEL, applied=20, ask_again=True), id="not understood"),
        pytest.param(NEW, 10, 20, 5000, Lesson(dialect=CAMEL, applied=20, ask_again=True), id="too many rows"),
        pytest.param(CAMEL, 1000, 1000, 5000, Lesson(dialect=SURE_CAMEL, applied=1000), id="other spelling works"),
        pytest.param(CAMEL, 1000, 20, 5000, Lesson(dialect=SILENT, applied=20, ignored=True), id="neither works"),
        pytest.param(SILENT, 1000, 20, 5000, Lesson(dialect=SILENT, applied=20), id="neither works, known"),
        pytest.param(SURE, 1000, 20, 5000, Lesson(dialect=SURE, applied=20), id="works, yet 20 rows"),
        pytest.param(SURE, 1000, 500, 5000, Lesson(dialect=SURE, applied=500), id="works, clamped"),
    ],
)
def test_learn(dialect: Dialect, asked: int, rows: int, total_count: int, lesson: Lesson) -> None:
    """What is applied is what came; only the default of 20 rows while more were due casts doubt on a spelling."""
    assert learn(dialect, asked=asked, rows=rows, total_count=total_count) == lesson


@given(
    asked=st.integers(1, 1000),
    own_size=st.just(20) | st.integers(1, 1000),
    limit=st.integers(1, 1000),
    understood=st.sampled_from([{"page_size"}, {"pageSize"}, {"page_size", "pageSize"}, set()]),
    total_count=st.integers(0, 3000),
)
@example(asked=1000, own_size=20, limit=1000, understood={"pageSize"}, total_count=3000)
@example(asked=1000, own_size=20, limit=1000, understood=set(), total_count=3000)
def test_any_deployment(asked: int, own_size: int, limit: int, understood: set[str], total_count: int) -> None:
    """Whatever a deployment does, page 1 is asked for twice at most, and the size learned is the size it uses."""
    dialect = NEW
    warnings = 0
    for _ in range(2):
        size = min(asked, limit) if dialect.page_size_name in understood else own_size
        rows = min(size, total_count)
        lesson = learn(dialect, asked=asked, rows=rows, total_count=total_count)
        assert rows >= total_count or lesson.applied == size
        warnings += lesson.ignored
        if not lesson.ask_again:
            break
        assert lesson.dialect != dialect
        dialect = lesson.dialect
    else:
        pytest.fail("asked for a third time")
    assert warnings <= 1
    assert learn(lesson.dialect, asked=asked, rows=rows, total_count=total_count).ask_again is False


def test_other_path() -> None:
    """The earlier path is tried once, with the same spelling, and not where a path has answered already."""
    earlier = other_path(CAMEL)
    assert earlier == evolve(CAMEL, path="/api/v2/customers/")
    assert earlier is not None
    assert other_path(earlier) is None
    assert other_path(SURE) is None
    assert PATHS == ("/v2/api/customers/", "/api/v2/customers/")
