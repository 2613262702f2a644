"""Hypothesis strategies for customer records and pages as the API may send them; pure data, for any test to use."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

CAMEL = {
    "provided_id": "providedId",
    "is_demo_group": "isDemoGroup",
    "group_tags": "groupTags",
    "computed_properties": "computedProperties",
    "access_group": "accessGroup",
    "parent_schema_datasource_mapping": "parentSchemaDatasourceMapping",
    "computed_parent_schema_datasource_mapping": "computedParentSchemaDatasourceMapping",
    "hierarchy_level": "hierarchyLevel",
}
"""The earlier documented spelling of the keys that have one; `token`, `name`, `emails`, `properties` have not."""

DOCUMENTED = ("token", "name", "emails", "properties", *CAMEL)
"""The twelve documented keys."""

MAPPINGS = ("parent_schema_datasource_mapping", "computed_parent_schema_datasource_mapping")

characters = st.characters(codec="utf-8")
texts = st.text(characters, max_size=12)
provided_ids = st.text(characters, min_size=1, max_size=12)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(texts, json_values, max_size=3)
datasource_mappings = st.dictionaries(st.integers(0, 999).map(str), st.integers(0, 10**6).map(str), max_size=3)

usual_records: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "token": texts,
        "name": texts,
        "provided_id": provided_ids,
        "is_demo_group": st.booleans(),
        "emails": st.lists(texts, max_size=3),
        "group_tags": st.lists(texts, max_size=3),
        "properties": json_objects,
        "computed_properties": json_objects,
        "access_group": texts,
        **dict.fromkeys(MAPPINGS, datasource_mappings),
        "hierarchy_level": texts | st.none(),
    }
)
"""Records with exactly the documented keys, each value of its documented type."""

unknown_keys = texts.filter(lambda key: key not in DOCUMENTED and key not in CAMEL.values())


@st.composite
def respelled(draw: st.DrawFn, record: dict[str, Any]) -> dict[str, Any]:
    """Spell a usual record in another documented way that means the same customer, its keys in any order.

    Keys may be camelCase, ids in the datasource mappings bare numbers, and what is empty may be null or absent.
    """
    spelled = {}
    for key in draw(st.permutations(list(record))):
        value = record[key]
        if key in MAPPINGS and draw(st.booleans()):
            value = {schema: int(source) for schema, source in value.items()}
        if key != "provided_id" and not value and value != "":
            presence = draw(st.sampled_from(("as it is", "null", "absent")))
            if presence == "absent":
                continue
            value = value if presence == "as it is" else None
        spelled[draw(st.sampled_from((key, CAMEL.get(key, key))))] = value
    return spelled


@st.composite
def unusual_records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw records that are readable all the same: respelled, and with keys beyond the documented ones."""
    spelled = draw(respelled(draw(usual_records)))
    return spelled | draw(st.dictionaries(unknown_keys, json_values, max_size=2))


wrong_values: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.just("provided_id"), st.sampled_from((None, "", 7, True, ["a"], {}))),
    st.tuples(
        st.sampled_from(("token", "name", "access_group", "hierarchy_level")), st.sampled_from((7, 1.5, True, []))
    ),
    st.tuples(st.just("is_demo_group"), st.sampled_from(("false", 0, 1, []))),
    st.tuples(st.sampled_from(("emails", "group_tags")), st.sampled_from(("x@y", {}, [1], ["a", None], True))),
    st.tuples(st.sampled_from(("properties", "computed_properties")), st.sampled_from(([], "x", 1, False))),
    st.tuples(
        st.sampled_from(MAPPINGS), st.sampled_from(([], "x", {"4": True}, {"4": 1.5}, {"4": None}, {"4": ["1"]}))
    ),
)
"""A documented key with a value that it must not have."""


@st.composite
def broken_records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw records that cannot be read, for one wrong value."""
    key, value = draw(wrong_values)
    return draw(usual_records) | {key: value}


def page_body(records: list[Any], *, total_count: Any = None, **further: Any) -> bytes:
    """Write a page with these rows; `further` are more keys of the envelope."""
    total = len(records) if total_count is None else total_count
    envelope = {"total_count": total, "results": {"customers": records}, **further}
    return json.dumps(envelope, ensure_ascii=False).encode()


def pages(records: st.SearchStrategy[dict[str, Any]], *, max_size: int = 5) -> st.SearchStrategy[bytes]:
    """Draw bodies of pages whose rows are drawn from `records`."""
    return st.builds(page_body, st.lists(records, max_size=max_size))
