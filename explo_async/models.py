"""The records: what a customer, a page of them and the result of a listing are. Values only, no I/O."""

from __future__ import annotations

# The decoder resolves these annotations at run time.
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import asdict, field, fields, frozen

from explo_async.progress import FetchStats
from explo_async.struct_class import struct_class

Verdict = Literal["complete", "verified", "exact", "unchecked", "incomplete"]
Basis = Literal["count", "order", "shared rows", "exact"]


# A kept list holds millions of these: no __weakref__ slot, and nothing for the garbage collector to go through.
@struct_class
@frozen(kw_only=True, weakref_slot=False)
class Customer:
    """One customer (tenant) of the team; the fields are those of Explo's "List Customers (v2)" page.

    For what leaves the program there is `to_dict`; `attrs.asdict` gives everything, the token too.
    """

    provided_id: str
    """The team's own id for the customer: unique, the key of everything."""
    name: str | None = None
    token: str | None = field(default=None, repr=False)
    """The customer's own token: a credential that opens its dashboards. Never shown by `repr`."""
    is_demo_group: bool = False
    emails: tuple[str, ...] = ()
    group_tags: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(factory=dict)
    """Free JSON values set on this customer."""
    computed_properties: Mapping[str, Any] = field(factory=dict)
    """The same after inheritance from the customer's parents."""
    access_group: str | None = None
    """The data visibility group."""
    parent_schema_datasource_mapping: Mapping[str, str] = field(factory=dict)
    """Schema id to data source id, both as strings."""
    computed_parent_schema_datasource_mapping: Mapping[str, str] = field(factory=dict)
    hierarchy_level: str | None = None
    """Name of its hierarchy level; None for teams without a hierarchy."""
    extra: Mapping[str, Any] = field(factory=dict)
    """Every key that the record had beyond the documented ones, under the name it came with."""

    def to_dict(self, *, with_tokens: bool = False) -> dict[str, Any]:
        """Return the fields as JSON has them, `extra` an object among them; the token only if it is asked for.

        What is within the mappings is shared with the customer.
        """
        names = (*FIELDS, "extra")
        return {name: to_json(getattr(self, name)) for name in names if with_tokens or name != "token"}


FIELDS = tuple(attribute.name for attribute in fields(Customer) if attribute.name != "extra")
"""The twelve documented fields, in the order of the class."""


def to_json(value: object) -> object:
    """Return the value of a field as JSON has it: a list for a tuple, a dict of its own for a mapping, ISO 8601."""
    match value:
        case tuple():
            return list(value)
        case Mapping():
            return dict(value)
        case datetime():
            return value.isoformat()
        case _:
            return value


@frozen(kw_only=True)
class InvalidRecord:
    """A record that could not be read and was set aside (`invalid="collect"`); never holds the record's values."""

    page: int
    row: int
    """Position on its page, from 0."""
    provided_id: str | None
    """The record's id where that much could be read."""
    path: str
    """Which field is wrong, as in `emails[2]`."""
    reason: str


@frozen(kw_only=True)
class CustomerPage:
    """One page as the server sent it."""

    number: int
    """From 1."""
    page_size: int
    """As the server applied it, which may be less than was asked for."""
    total_count: int
    """How many customers the whole list had at the moment of this page."""
    customers: tuple[Customer, ...]


@frozen(kw_only=True)
class FetchReport:
    """What a listing proved: the certificate of a run, fit to be stored and acted upon."""

    verdict: Verdict
    """"complete" (checked), "verified", "exact", "unchecked" (`consistency="off"`), or "incomplete"."""
    total_count: int | None
    """The list's size as the latest answer gave it."""
    totals_seen: tuple[int, ...]
    """The distinct totals in the order in which they were first seen; one alone when nothing changed."""
    customers: int
    """Distinct customers returned."""
    duplicates: int
    """Rows that came again: on a re-read page, or moved by a change."""
    pages_asked_again: tuple[int, ...]
    """Page numbers read more than once to prove completeness, in order, once each."""
    invalid: tuple[InvalidRecord, ...] = ()
    basis: Basis | None = None
    """On what the verdict rests. "count": as many customers were seen as there were, and no order was relied upon.
    "order" and "shared rows": on customers that stay in the same order. "exact": on unique ids alone. None for none."""
    moment: tuple[datetime, datetime] | None = None
    """For "exact": the list was just this at a moment between these two readings of this machine's clock, in UTC."""
    insertions: int = 0
    """How many customers the totals show to have been added while the list was read, at least."""
    deletions: int = 0
    """How many they show to have been deleted, at least."""
    contradictions: int = 0
    """How often rows were met in an order that contradicts another answer."""
    stats: FetchStats = field(factory=FetchStats)

    def to_dict(self, *, with_tokens: bool = False) -> dict[str, Any]:  # noqa: ARG002 -- one call for all results
        """Return the report as JSON has it, its times in ISO 8601; there is no token in it with `with_tokens` either.

        `attrs.asdict` gives the times as they are.
        """
        return asdict(self, value_serializer=lambda *given: to_json(given[-1]))


class CustomerList(list[Customer]):
    """The whole list of customers in listing order, with the `report` of the run that fetched it."""

    report: FetchReport

    def __init__(self, customers: Iterable[Customer], report: FetchReport) -> None:
        super().__init__(customers)
        self.report = report

    def __repr__(self) -> str:
        # Loops and debuggers show results: a list of a million customers must not take seconds for that.
        return f"<CustomerList of {len(self)}, {self.report.verdict}>"
