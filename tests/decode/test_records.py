"""Bodies to records: as strict as bodies to customers, with nulls kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode.page import decode_page
from explo_async.decode.records import decode_records
from explo_async.emulator.synthetic import make_customer
from explo_async.errors import DecodeError
from explo_async.record import LISTS, MAPPINGS, customer_of

if TYPE_CHECKING:
    from explo_async.record import Record

NULLABLE = (*LISTS, *MAPPINGS)


def body_of(*rows: Any, **envelope: Any) -> bytes:
    """Encode a page."""
    return msgspec.json.encode({"total_count": len(rows), **envelope, "results": {"customers": rows}})


def records_of(body: bytes, **options: Any) -> tuple[Record, ...]:
    """Decode to records."""
    return decode_records(body, page=3, **options).rows


def test_records_are_the_customers_of_the_page() -> None:
    """Usual customers are read as they are, in order, with what the envelope tells."""
    body = body_of(*(make_customer(0, serial) for serial in range(50)), total_count=75, next="https://explo.invalid")
    page, expected = decode_records(body, page=1), decode_page(body, page=1)
    assert list(map(customer_of, records_of(body))) == list(expected.rows)
    assert (page.total_count, page.provided_ids, page.has_next) == (75, expected.provided_ids, True)


@pytest.mark.parametrize("row", [{}, {"zone": 1}], ids=["usual", "unusual"])
@pytest.mark.parametrize("value", [None, "empty"])
def test_null_and_empty_stay_apart(row: dict[str, Any], value: object) -> None:
    """A null or absent list or mapping is None, an empty one empty, whatever else the record has."""
    given = {name: value and ([] if name in LISTS else {}) for name in NULLABLE}
    full, absent = records_of(body_of(*({"provided_id": "a"} | row | more for more in (given, {}))))
    assert {name: getattr(full, name) for name in NULLABLE} == given
    assert {getattr(absent, name) for name in NULLABLE} == {None}


def test_the_earlier_spelling_keeps_its_nulls_too() -> None:
    """Keys in camelCase are those of the fields; a bare id becomes a string, a null stays null."""
    row: dict[str, Any] = {
        "providedId": "a",
        "groupTags": None,
        "emails": [],
        "parentSchemaDatasourceMapping": {"7": 8},
        "zone": 1,
    }
    (record,) = records_of(body_of(row))
    assert (record.group_tags, record.emails, record.properties) == (None, [], None)
    assert (record.parent_schema_datasource_mapping, record.extra) == ({"7": "8"}, {"zone": 1})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.text(max_size=3), values, max_size=2),
    max_leaves=4,
)
ROWS = st.fixed_dictionaries(
    {"provided_id": st.just("a") | JSON},
    optional=dict.fromkeys(("name", "is_demo_group", "token", *NULLABLE, "zone", "extra", "$extra"), JSON),
)


@given(st.lists(ROWS, max_size=3), st.booleans())
def test_records_are_refused_where_customers_are(rows: list[dict[str, Any]], collect_invalid: bool) -> None:
    """What a customer may not be a record may not be either, with the same words; what it may be is the same."""
    body = body_of(*rows)
    try:
        expected = decode_page(body, page=3, collect_invalid=collect_invalid)
    except DecodeError as error:
        with pytest.raises(DecodeError, match=f"^{re.escape(str(error))}$"):
            decode_records(body, page=3, collect_invalid=collect_invalid)
    else:
        page = decode_records(body, page=3, collect_invalid=collect_invalid)
        records = records_of(body, collect_invalid=collect_invalid)
        assert list(map(customer_of, records)) == list(expected.rows)
        assert (page.provided_ids, page.invalid) == (expected.provided_ids, expected.invalid)
