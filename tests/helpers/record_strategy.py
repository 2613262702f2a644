"""Records, drawn and picked by hand, for every test of a file format, and what compares them to the last detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hypothesis import strategies as st

from explo_async.emulator.synthetic import make_customer
from explo_async.record import COLUMNS, Record
from tests.helpers.generators import datasource_mappings, json_objects, provided_ids, texts, unknown_keys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from explo_async.files.formats import FormatModule

_RISKY = st.sampled_from(
    ("=", "+", "-", "@", "\t", "\r", "\n", "'", '"', "\0", ",", "\uff1d", "\r\n", "\ufeff", "null")
)
_cells = texts | st.builds(str.__add__, _RISKY, texts)
_ids = _cells.filter(bool) | provided_ids
_mappings = datasource_mappings | st.dictionaries(_cells, _cells, max_size=3)

records: st.SearchStrategy[Record] = st.builds(
    Record,
    provided_id=_ids,
    name=st.none() | _cells,
    token=st.none() | _cells,
    is_demo_group=st.booleans(),
    emails=st.none() | st.lists(_cells, max_size=3),
    group_tags=st.none() | st.lists(_cells, max_size=3),
    properties=st.none() | json_objects,
    computed_properties=st.none() | json_objects,
    access_group=st.none() | _cells,
    parent_schema_datasource_mapping=st.none() | _mappings,
    computed_parent_schema_datasource_mapping=st.none() | _mappings,
    hierarchy_level=st.none() | _cells,
    extra=st.dictionaries(unknown_keys, st.just("") | json_objects, max_size=2),
)
"""Any customer that there can be."""

lists_of_records = st.lists(records, max_size=5, unique_by=lambda record: record.provided_id)


def nest(levels: int) -> dict[str, Any]:
    """Make objects and lists within each other, an object the outermost."""
    nested: Any = "]}"
    for level in range(levels):
        nested = {"]": nested} if (levels - level) % 2 else [nested]
    return cast("dict[str, Any]", nested)


HARD = {
    "nothing but an id": Record("a"),
    "empty and not null": Record("a", "", "", False, [], [], {}, {}, "", {}, {}, "", {}),
    "all null": Record("a", None, None, False, None, None, None, None, None, None, None, None, {}),
    "strings of nothing": Record("a", emails=[""], group_tags=["", ""], parent_schema_datasource_mapping={"": ""}),
    "NUL": Record("a\0b", "\0", emails=["\0"], properties={"\0": "\0"}, parent_schema_datasource_mapping={"\0": "\0"}),
    "line breaks": Record("a\r\nb", "\r", access_group="\n", emails=["\n"], hierarchy_level="\u2028\u0085\x0b\x0c"),
    "quotes": Record('"', '""', access_group='a"b', emails=['"'], properties={'"': "'"}, hierarchy_level="'"),
    "apostrophes": Record("''", "'", access_group="'=1", hierarchy_level="'''"),
    "formulas": Record("=1+1", "+1", "@a", access_group="-1", hierarchy_level="\t=1"),
    "formulas in full width": Record("\uff1d1", "\uff0b1", access_group="\uff0d1", hierarchy_level="\uff20"),
    "unicode": Record("東京", "é e\u0301", access_group="\U0001f600", emails=["\U0010ffff"], hierarchy_level="\ufeff"),
    "words that mean something": Record(
        "null", "NULL", "true", access_group="None", hierarchy_level="{}", emails=["[]"]
    ),
    "separators and spaces": Record(" ", ",", access_group=" a ", hierarchy_level=";"),
    "a long text": Record("a", "x" * 300_000),
    "large integers": Record("a", properties={"a": 2**63, "b": 2**64, "c": -(2**70), "d": 10**40}),
    "floats": Record("a", properties={"a": -0.0, "b": 5e-324, "c": 1.7976931348623157e308, "d": 1.0, "e": 0.1}),
    "types that compare equal": Record("a", properties={"a": 1, "b": True, "c": 1.0, "d": 0, "e": False, "f": None}),
    "nested": Record("a", properties={"a": [{"b": [[], {}, [None]]}]}, computed_properties={"z": {"y": {"x": 1}}}),
    "nested as deep as may be": Record(
        "a", properties=nest(127), computed_properties=nest(127), extra={"x": nest(127)}
    ),
    "order of keys": Record("a", properties={"b": 1, "a": 2}, extra={"z": 1, "y": 2}),
    "keys beyond": Record("a", extra={"created": "2026", "nested": {"a": [1]}, "": None}),
    "keys that look like ours": Record("a", extra={"extra": {"a": 1}, "$extra": {"b": 2}, "Extra": 1}),
    "an empty key that looks like ours": Record("a", extra={"$extra": {}}),
    "the earlier spelling beside today's": Record("a", extra={"providedId": "b", "groupTags": ["c"], "isDemoGroup": 1}),
    "nulls beside further keys": Record("a", emails=None, group_tags=[], properties=None, extra={"created": None}),
}
"""Customers that a format may trip over."""


def fingerprint(records: Iterable[Record], *, with_tokens: bool = True) -> list[str]:
    """Spell records out: types, the order of keys and the sign of zero count."""
    names = [name for name in COLUMNS if with_tokens or name != "token"]
    return [repr([getattr(record, name) for name in names]) for record in records]


def written(module: FormatModule, records: list[Record], path: Path, *, with_tokens: bool = True) -> list[int]:
    """Write a file in a few chunks."""
    size = max(2, len(records) // 4)
    chunks = [records[start : start + size] for start in range(0, len(records), size)]
    return list(module.write(chunks, path, with_tokens=with_tokens))


def read_all(module: FormatModule, path: Path) -> list[Record]:
    """Read the records of a file."""
    return [record for chunk in module.read(path) for record in chunk]


def numbered(count: int) -> list[Record]:
    """Make so many different records."""
    return [
        Record(f"customer-{number}", emails=[f"{number}@example.com"], extra={"n": number}) for number in range(count)
    ]


def synthetic(count: int) -> list[Record]:
    """Make so many usual customers."""
    return [Record(**make_customer(1, number)) for number in range(count)]
