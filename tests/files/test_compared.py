"""What of a customer is compared, and the version of a row that follows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from explo_async.files.compared import row_version
from explo_async.models import FIELDS
from explo_async.record import Record, customer_of
from tests.helpers.record_strategy import records

FULL: dict[str, Any] = {
    "provided_id": "a",
    "name": "A",
    "token": "t",
    "is_demo_group": True,
    "emails": ["e"],
    "group_tags": ["g"],
    "properties": {"x": 1, "y": {"p": None, "q": [1.5]}},
    "computed_properties": {"c": 2},
    "access_group": "ag",
    "parent_schema_datasource_mapping": {"1": "2"},
    "computed_parent_schema_datasource_mapping": {"3": "4"},
    "hierarchy_level": "h",
    "extra": {"u": [True]},
}


def test_versions_stay_as_they_are() -> None:
    """They are stored where a history is kept: with others of the same customers each row of it would end."""
    assert row_version(Record("a")) == "d67a33077cf86c1a80a7cb997073e33c"
    assert row_version(Record(**FULL)) == "51f4ab3b0541895a64e8d5f87898ad11"


@pytest.mark.parametrize("name", [*FIELDS, "extra"])
def test_each_value_counts_but_the_token(name: str) -> None:
    """Whatever else is changed makes another version."""
    other = Record(**FULL | {name: {"provided_id": "b", "is_demo_group": False, "extra": {}}.get(name)})
    assert (row_version(other) == row_version(Record(**FULL))) is (name == "token")


@given(records)
def test_a_version_is_of_the_values(record: Record) -> None:
    """The same for a customer as for its record, with null for empty, whatever the order of keys."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(each) for key, each in reversed(value.items())}
        return [turned(each) for each in value] if isinstance(value, list) else value

    values = {name: turned(getattr(record, name)) for name in (*FIELDS, "extra")}
    assert row_version(Record(**values)) == row_version(customer_of(record)) == row_version(record)
