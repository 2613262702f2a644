"""The records: values that compare, copy and pickle, and show no token."""

from __future__ import annotations

import copy
import json
import pickle
import weakref
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from attrs import asdict, evolve, exceptions, fields

from explo_async.models import FIELDS, Basis, Customer, CustomerList, CustomerPage, FetchReport, InvalidRecord, Verdict
from explo_async.progress import FetchStats

FULL = Customer(
    provided_id="acme",
    name="Acme",
    token="s3cr3t",
    is_demo_group=True,
    emails=("a@acme.example",),
    group_tags=("x",),
    properties={"a": 1},
    computed_properties={"a": 1, "b": [2]},
    access_group="default",
    parent_schema_datasource_mapping={"1": "2"},
    computed_parent_schema_datasource_mapping={"1": "2"},
    hierarchy_level="Region",
    extra={"new": None},
)
PAGE = CustomerPage(number=1, page_size=20, total_count=1, customers=(FULL,))
RECORD = InvalidRecord(page=2, row=3, provided_id=None, path="emails[2]", reason="is a number")
REPORT = FetchReport(
    verdict="exact",
    total_count=1,
    totals_seen=(1,),
    customers=1,
    duplicates=0,
    pages_asked_again=(),
    invalid=(RECORD,),
    basis="exact",
    moment=(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)),
    insertions=2,
    deletions=1,
    contradictions=3,
    stats=FetchStats(requests=1),
)


def test_customer_fields() -> None:
    """A customer has the twelve documented fields and `extra`; all but the id may be absent."""
    assert (*FIELDS, "extra") == tuple(asdict(FULL))
    assert len(FIELDS) == 12
    assert asdict(Customer(provided_id="acme")) == {
        "provided_id": "acme",
        "name": None,
        "token": None,
        "is_demo_group": False,
        "emails": (),
        "group_tags": (),
        "properties": {},
        "computed_properties": {},
        "access_group": None,
        "parent_schema_datasource_mapping": {},
        "computed_parent_schema_datasource_mapping": {},
        "hierarchy_level": None,
        "extra": {},
    }
    with pytest.raises(TypeError):
        Customer()  # type: ignore[call-arg]


def test_customers_as_json() -> None:
    """`to_dict` gives what JSON gives back, and leaves the token out unless it is asked for."""
    given = {
        "provided_id": "acme",
        "name": "Acme",
        "is_demo_group": True,
        "emails": ["a@acme.example"],
        "group_tags": ["x"],
        "properties": {"a": 1},
        "computed_properties": {"a": 1, "b": [2]},
        "access_group": "default",
        "parent_schema_datasource_mapping": {"1": "2"},
        "computed_parent_schema_datasource_mapping": {"1": "2"},
        "hierarchy_level": "Region",
        "extra": {"new": None},
    }
    assert FULL.to_dict() == json.loads(json.dumps(FULL.to_dict())) == given
    assert FULL.to_dict(with_tokens=True) == {**given, "token": "s3cr3t"}
    assert asdict(FULL)["token"] == "s3cr3t", "as the docstring warns"
    assert "`attrs.asdict` gives everything, the token too" in str(Customer.__doc__)


def test_a_dict_is_the_callers_own() -> None:
    """Whoever adds to it does not change the customer."""
    given = FULL.to_dict()
    for name in ("properties", "extra"):
        given[name]["more"] = 1
    assert (FULL.properties, FULL.extra) == ({"a": 1}, {"new": None})


def test_reports_as_json() -> None:
    """A report is written whole, its times in ISO 8601, the same with tokens as it has none."""
    given = REPORT.to_dict()
    assert given == json.loads(json.dumps(given)) == REPORT.to_dict(with_tokens=True)
    assert set(given) == {attribute.name for attribute in fields(FetchReport)}
    assert given["moment"] == ["2026-01-02T03:04:05+00:00", "2026-01-02T03:04:06+00:00"]
    assert given["invalid"] == [asdict(RECORD)]
    assert given["stats"] == asdict(REPORT.stats)
    assert evolve(REPORT, moment=None).to_dict()["moment"] is None


def test_customers_compare_by_value() -> None:
    """Customers with equal fields are equal, and each field counts."""
    assert evolve(FULL) == FULL
    others: list[dict[str, Any]] = [{name: "other"} for name in asdict(FULL)]
    assert [other for other in others if evolve(FULL, **other) == FULL] == []


def test_absent_mappings_are_not_shared() -> None:
    """Two customers without properties do not share one mapping."""
    assert Customer(provided_id="a").properties is not Customer(provided_id="b").properties


@pytest.mark.parametrize("value", [FULL, PAGE, RECORD, REPORT], ids=lambda value: type(value).__name__)
def test_frozen(value: Customer | CustomerPage | InvalidRecord | FetchReport) -> None:
    """A record cannot be changed, and has no room for anything beside its fields."""
    for name in (fields(type(value))[0].name, "surprise"):
        with pytest.raises((exceptions.FrozenInstanceError, AttributeError)):
            setattr(value, name, 1)
    assert not hasattr(value, "__dict__")


def test_no_token_in_repr() -> None:
    """A customer's token is in no repr, also not in that of what holds it."""
    shown = f"{FULL} {FULL!r} {PAGE!r} {CustomerList([FULL], REPORT)!r}"
    assert "s3cr3t" not in shown
    assert "token" not in shown
    assert shown.count("Customer(provided_id='acme', name='Acme', is_demo_group=True, ") == 3


@pytest.mark.parametrize("kind", [Customer, CustomerPage, InvalidRecord, FetchReport])
def test_by_name_only(kind: type[Any]) -> None:
    """Fields are given by name, so that their order may change."""
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        kind(1)


def test_customers_are_small() -> None:
    """A customer has no room for weak references, of which a list of millions would pay for each."""
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(FULL)


@pytest.mark.parametrize(
    "value", [FULL, PAGE, RECORD, REPORT, CustomerList([FULL], REPORT)], ids=lambda value: type(value).__name__
)
def test_duplicates(value: Customer | CustomerPage | InvalidRecord | FetchReport | CustomerList) -> None:
    """Records can be copied and pickled, the token included."""
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value
        assert type(again) is type(value)
        assert getattr(again, "report", None) == getattr(value, "report", None)


def test_customer_list() -> None:
    """The whole list is a list, from any iterable, with its report."""
    customers = CustomerList(iter([FULL, FULL]), REPORT)
    assert customers == [FULL, FULL]
    assert isinstance(customers, list)
    assert customers.report is REPORT


def test_report_defaults() -> None:
    """A report has set nothing aside and counted nothing unless told so."""
    report = FetchReport(
        verdict="unchecked", total_count=None, totals_seen=(), customers=0, duplicates=0, pages_asked_again=()
    )
    assert (report.invalid, report.stats) == ((), FetchStats())
    assert (report.basis, report.moment) == (None, None)
    assert (report.insertions, report.deletions, report.contradictions) == (0, 0, 0)


def test_verdicts() -> None:
    """The verdicts are those that are documented."""
    assert get_args(Verdict) == ("complete", "verified", "exact", "unchecked", "incomplete")


def test_bases() -> None:
    """What a verdict may rest on is what is documented."""
    assert get_args(Basis) == ("count", "order", "shared rows", "exact")


def test_the_repr_of_a_list_is_short() -> None:
    """`repr` of a whole list says how many there are and what was proved, and lists none of them."""
    report = FetchReport(
        verdict="complete", total_count=2, totals_seen=(2,), customers=2, duplicates=0, pages_asked_again=()
    )
    assert repr(CustomerList([Customer(provided_id="a"), Customer(provided_id="b")], report)) == (
        "<CustomerList of 2, complete>"
    )
