"""Rows to customers: spellings, what is kept, and what is refused in which words."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import cattrs
import pytest
from cattrs import ClassValidationError

from explo_async.decode import converter as converter_module
from explo_async.decode import rows
from explo_async.decode.page import decode_page
from explo_async.decode.values import RecordError
from explo_async.errors import DecodeError
from explo_async.models import Customer, InvalidRecord
from tests.helpers.generators import CAMEL, DOCUMENTED, page_body


@pytest.mark.parametrize(
    ("row", "provided_id"),
    [
        ({"provided_id": "a"}, "a"),
        ({"providedId": "a"}, "a"),
        ({"provided_id": "new", "providedId": "old"}, "new"),
        ({"provided_id": None, "providedId": "old"}, None),
        ({"provided_id": ""}, None),
        ({"provided_id": 7}, None),
        ({"provided_id": ["a"]}, None),
        ({"name": "a"}, None),
    ],
)
def test_the_id_is_read_by_itself(row: dict[str, Any], provided_id: str | None) -> None:
    """Whose record it is can be told of one that cannot be read otherwise, in either spelling."""
    assert rows.read_id(row) == provided_id


@pytest.mark.parametrize(
    ("row", "path", "reason"),
    [
        ({}, "provided_id", "is missing"),
        ({"name": 7}, "provided_id", "is missing"),
        ({"providedId": ""}, "providedId", "is empty"),
        ({"providedId": 7}, "providedId", "is a number, not a string"),
        ({"provided_id": None, "providedId": "old"}, "provided_id", "is null, not a string"),
        ({"provided_id": "a", "name": 7, "token": 7}, "name", "is a number, not a string"),
        ({"provided_id": "a", "isDemoGroup": "no"}, "isDemoGroup", "is a string, not a boolean"),
        ({"provided_id": "a", "groupTags": ["x", 1]}, "groupTags[1]", "is a number, not a string"),
    ],
)
def test_a_wrong_row_is_named_by_its_own_spelling(row: dict[str, Any], path: str, reason: str) -> None:
    """The id comes first; of other fields the first wrong one is named, and nothing hangs on the error."""
    with pytest.raises(RecordError) as caught:
        rows.structure_row(row)
    assert (caught.value.path, caught.value.reason) == (path, reason)
    assert caught.value.__context__ is None


def test_a_page_without_rows_has_no_customers() -> None:
    """Nothing comes of nothing."""
    assert rows.structure_usual_rows([]) == ()


def test_both_spellings_in_one_record() -> None:
    """Where both spellings of a key come, today's counts and the other is kept among the further keys."""
    record = {"providedId": "old", "provided_id": "new", "groupTags": ["a"], "group_tags": None}
    page = decode_page(page_body([record, record | {"provided_id": None}]), page=1, collect_invalid=True)
    assert page.rows == (Customer(provided_id="new", extra={"providedId": "old", "groupTags": ["a"]}),)
    assert page.provided_ids == ("new", None)
    assert [(record.path, record.reason) for record in page.invalid] == [("provided_id", "is null, not a string")]


def test_key_named_extra() -> None:
    """A key that is called like our own collection of further keys is one of them."""
    assert rows.structure_row({"provided_id": "acme", "extra": {"a": 1}}).extra == {"extra": {"a": 1}}


@pytest.mark.parametrize("absence", [{}, dict.fromkeys(key for key in DOCUMENTED if key != "provided_id")])
def test_only_the_id_is_certain(absence: dict[str, Any]) -> None:
    """What is absent or null is None, False or empty, and each customer has its own empty mappings."""
    customers = decode_page(page_body([{"provided_id": "a"} | absence, {"provided_id": "a"} | absence]), page=1).rows
    assert customers == (Customer(provided_id="a"),) * 2
    assert customers[0].properties is not customers[1].properties
    assert customers[0].extra is not customers[1].extra


WRONG = [
    ("provided_id", None, "provided_id", "is null, not a string"),
    ("provided_id", "", "provided_id", "is empty"),
    ("provided_id", 7, "provided_id", "is a number, not a string"),
    ("provided_id", 0, "provided_id", "is a number, not a string"),
    ("provided_id", [], "provided_id", "is a list, not a string"),
    ("token", 7, "token", "is a number, not a string"),
    ("name", 1.5, "name", "is a number, not a string"),
    ("access_group", True, "access_group", "is a boolean, not a string"),
    ("hierarchy_level", {}, "hierarchy_level", "is an object, not a string"),
    ("is_demo_group", "false", "is_demo_group", "is a string, not a boolean"),
    ("is_demo_group", 0, "is_demo_group", "is a number, not a boolean"),
    ("emails", "x@y", "emails", "is a string, not a list of strings"),
    ("emails", ["a", "b", None], "emails[2]", "is null, not a string"),
    ("group_tags", {}, "group_tags", "is an object, not a list of strings"),
    ("group_tags", [1], "group_tags[0]", "is a number, not a string"),
    ("properties", [], "properties", "is a list, not an object"),
    ("computed_properties", "x", "computed_properties", "is a string, not an object"),
    ("parent_schema_datasource_mapping", [], "parent_schema_datasource_mapping", "is a list, not an object of ids"),
    (
        "parent_schema_datasource_mapping",
        {"40": True},
        "parent_schema_datasource_mapping[40]",
        "is a boolean, not an id",
    ),
    ("parent_schema_datasource_mapping", {"40": 1.0}, "parent_schema_datasource_mapping[40]", "is a number, not an id"),
    (
        "computed_parent_schema_datasource_mapping",
        {"40": "1", "some text": None},
        "computed_parent_schema_datasource_mapping[...]",
        "is null, not an id",
    ),
    (
        "computed_parent_schema_datasource_mapping",
        {"4" * 21: None},
        "computed_parent_schema_datasource_mapping[...]",
        "is null, not an id",
    ),
]


@pytest.mark.parametrize("camel", [False, True])
@pytest.mark.parametrize(("key", "value", "path", "reason"), WRONG)
def test_wrong_value(key: str, value: Any, path: str, reason: str, camel: bool) -> None:
    """A value of another type is never coerced: the error names row, id, the key as it was spelled, and both types."""
    spelled = CAMEL.get(key, key) if camel else key
    path = path.replace(key, spelled)
    id_key = "providedId" if camel else "provided_id"
    body = page_body([{"provided_id": "fine"}, {id_key: "acme", spelled: value}])
    provided_id = None if key == "provided_id" else "acme"
    with pytest.raises(DecodeError) as caught:
        decode_page(body, page=3)
    error = caught.value
    whose = "" if provided_id is None else " (provided_id 'acme')"
    assert error.what == f"row 1{whose}: {path} {reason}"
    assert (error.page, error.row, error.provided_id, error.path) == (3, 1, provided_id, path)
    assert not error.malformed
    help_by_collecting = 'correct the customer in Explo, or pass invalid="collect" to set such records aside'
    no_help = "correct the customer in Explo: without its id no list can be shown to be complete"
    assert error.advice == (no_help if error.provided_id is None else help_by_collecting)
    page = decode_page(body, page=3, collect_invalid=True)
    assert page.rows == (Customer(provided_id="fine"),)
    assert page.provided_ids == ("fine", provided_id)
    assert page.invalid == (InvalidRecord(page=3, row=1, provided_id=provided_id, path=path, reason=reason),)


def test_missing_id() -> None:
    """A record without an id is refused."""
    with pytest.raises(DecodeError, match=r"^page 1: row 0: provided_id is missing; correct the customer"):
        decode_page(page_body([{"name": "Acme"}]), page=1)


def test_long_id_is_cut() -> None:
    """A message names an id by its first 60 characters at most; the error has it in full."""
    with pytest.raises(DecodeError) as caught:
        decode_page(page_body([{"provided_id": "x" * 500, "name": 1}]), page=1)
    assert caught.value.what == f"row 0 (provided_id '{'x' * 56}...): name is a number, not a string"
    assert caught.value.provided_id == "x" * 500


@pytest.mark.parametrize("further", [{}, {"new": [1]}])
def test_a_customer_is_a_value(further: dict[str, Any]) -> None:
    """Customers of either way are frozen, compared by value, and survive pickle and deepcopy."""
    record = {"provided_id": "acme", "token": "secret", "properties": {"a": [1]}, **further}
    (customer,) = decode_page(page_body([record]), page=1).rows
    assert customer == Customer(provided_id="acme", token="secret", properties={"a": [1]}, extra=further)
    assert pickle.loads(pickle.dumps(customer)) == customer
    twin = copy.deepcopy(customer)
    assert twin == customer
    assert twin.properties["a"] is not customer.properties["a"]
    assert "secret" not in repr(customer)
    with pytest.raises(AttributeError):
        customer.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("value", [{}, {"new": 1}, None, 1, [], "x"])
def test_a_key_that_is_called_extra(value: object) -> None:
    """It is no documented key, and so one of those in the field of that name, whatever it holds."""
    (customer,) = decode_page(page_body([{"provided_id": "acme", "extra": value}]), page=1).rows
    assert customer.extra == {"extra": value}


def test_the_global_converter_is_untouched() -> None:
    """Our strict rules stay ours: cattrs' global converter goes on as it does for everyone else."""
    assert cattrs.structure(7, str) == "7"
    with pytest.raises(ValueError, match="is a number, not a string"):
        converter_module.CONVERTER.structure(7, str)


def test_other_failures_are_not_disguised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure that is not about the record, such as a stack that ran out, comes through as it is."""

    def overflow(_value: object, _: object) -> object:
        raise RecursionError

    converter = cattrs.Converter()
    converter.register_structure_hook(str, overflow)
    with pytest.raises(ClassValidationError):
        converter.structure({"provided_id": "acme"}, Customer)
    monkeypatch.setattr(converter_module, "_structure_record", converter.get_structure_hook(Customer))
    with pytest.raises(RecursionError):
        decode_page(page_body([{"provided_id": "acme", "new": 1}]), page=1)
