"""Records that are not as documented: each field null, absent, and of every other JSON type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async import DecodeError, ListingChanged
from explo_async.emulator.synthetic import make_customer
from tests.promises.catalogue.case import Case, Data, Raises
from tests.promises.catalogue.faults import Changed
from tests.promises.catalogue.places import CUSTOMERS, PAGE_SIZE, explo

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "Record"
ABSENT = object()
PAGE, ROW = 2, 3
ADVICE = r'.*; correct the customer in Explo, or pass invalid="collect"'
SET_ASIDE = '`invalid="collect"` sets the record aside'

FIELDS = {
    "token": "a string",
    "name": "a string",
    "is_demo_group": "a boolean",
    "emails": "a list of strings",
    "group_tags": "a list of strings",
    "properties": "an object",
    "computed_properties": "an object",
    "access_group": "a string",
    "parent_schema_datasource_mapping": "an object of ids",
    "computed_parent_schema_datasource_mapping": "an object of ids",
    "hierarchy_level": "a string",
}
"""What each field is documented to be, the id apart."""

EMPTY: dict[str, Any] = {
    "a string": None,
    "a boolean": False,
    "a list of strings": (),
    "an object": {},
    "an object of ids": {},
}
"""What a null, or nothing at all, becomes."""

VALUES: dict[str, list[object]] = {
    "a number": [7, 1.5],
    "a string": ["x@example.com"],
    "a boolean": [True],
    "a list": [[]],
    "an object": [{}],
}

INSIDE: dict[str, list[tuple[object, str, str]]] = {
    "a list of strings": [(["a", 7], "[1]", "a number"), ([None], "[0]", "null"), ([["a"]], "[0]", "a list")],
    "an object of ids": [({"7": 1.5}, "[7]", "a number"), ({"7": None}, "[7]", "null"), ({"Ü": []}, "[...]", "a list")],
}
"""Containers of the right type that hold something else: where, and what."""


def put(field: str, value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Put another value into the field of one record, or take the field out."""

    def change(page: dict[str, Any]) -> dict[str, Any]:
        record = page["results"]["customers"][ROW]
        record[field] = value
        if value is ABSENT:
            del record[field]
        return page

    return change


def unreadable(name: str, what: str, field: str, value: object, path: str, match: str, note: str = SET_ASIDE) -> Case:
    """Make a case of a record that cannot be read."""
    return Case(
        name=name,
        group=GROUP,
        what=what,
        opening=explo(Changed(put(field, value), page=PAGE)),
        outcome=Raises(
            error=DecodeError,
            match=rf"page {PAGE}: row {ROW}.*: {match}{ADVICE}",
            page=PAGE,
            note=f"page, row, id and path; {note}",
            facts={"row": ROW, "path": path},
        ),
        set_aside=(PAGE, ROW, path),
    )


def readable(name: str, what: str, field: str, value: object, *, has: object, note: str = "") -> Case:
    """Make a case of an odd record that can be read."""
    return Case(
        name=name,
        group=GROUP,
        what=what,
        opening=explo(Changed(put(field, value), page=PAGE)),
        outcome=Data(row=(PAGE - 1) * PAGE_SIZE + ROW, has={field: has}, note=note),
    )


def fits(expected: str, found: str) -> bool:
    """Tell whether a value of this JSON type is what the field holds."""
    return found in expected


MISSING = [
    readable(
        f"{field} {name}",
        "a field of a customer null or absent, its id apart",
        field,
        value,
        has=EMPTY[expected],
        note="the field None, False or empty",
    )
    for field, expected in FIELDS.items()
    for name, value in (("null", None), ("absent", ABSENT))
]

OTHER_TYPES = [
    unreadable(
        f"{field} {value}",
        "a field of a customer of another JSON type",
        field,
        value,
        field,
        rf"{field} is {found}, not {expected}",
    )
    for field, expected in FIELDS.items()
    for found, values in VALUES.items()
    if not fits(expected, found)
    for value in values
]

OTHER_INSIDE = [
    unreadable(
        f"{field} {value}",
        "a list of strings or a mapping of ids that holds something else",
        field,
        value,
        field + path,
        rf"{field}\[[^]]+\] is {found}, not ",
    )
    for field, expected in FIELDS.items()
    for value, path, found in INSIDE.get(expected, ())
]

BARE_IDS = [
    readable(
        f"{field} with bare numbers",
        "ids in the two mappings as numbers",
        field,
        {"7": 2**70},
        has={"7": str(2**70)},
        note="as strings",
    )
    for field, expected in FIELDS.items()
    if expected == "an object of ids"
]

IDS = {
    "missing": (ABSENT, "is missing"),
    "null": (None, "is null, not a string"),
    "a number": (7, "is a number, not a string"),
    "a boolean": (True, "is a boolean, not a string"),
    "a list": (["a"], "is a list, not a string"),
    "an object": ({"id": "a"}, "is an object, not a string"),
    "empty": ("", "is empty"),
}

NO_IDS = [
    Case(
        name=f"provided_id {name}{mode}",
        group=GROUP,
        what=f"`provided_id` missing, empty, or no string{mode}",
        opening=explo(Changed(put("provided_id", value), page=PAGE)),
        outcome=outcome,
        call=call,
    )
    for name, (value, match) in IDS.items()
    for mode, call, outcome in (
        (
            "",
            {},
            Raises(
                error=DecodeError,
                match=rf"page {PAGE}: row {ROW}: provided_id {match}; correct the customer",
                page=PAGE,
                note="page, row and path",
                facts={"row": ROW, "path": "provided_id", "provided_id": None},
            ),
        ),
        (
            ', with `invalid="collect"`',
            {"invalid": "collect"},
            Raises(
                error=ListingChanged,
                match="a page holds a record without a readable provided_id, so that its neighbours cannot be checked",
                page=None,
                asks=None,
                note="without ids nothing shows that the list is complete",
            ),
        ),
    )
]


def named(provided_id: str, **fields: Any) -> list[dict[str, Any]]:
    """Make the customers of a list in which one has this id, and these fields."""
    customers = [make_customer(0, serial) for serial in range(CUSTOMERS)]
    customers[PAGE_SIZE + ROW] |= {"provided_id": provided_id, **fields}
    return customers


LONG = "tenant-" * 1500

ODD_IDS = [
    Case(
        name=f"provided_id {name}",
        group=GROUP,
        what="`provided_id` of 10 000 characters, or with a line break",
        opening=explo(customers=named(provided_id)),
        outcome=Data(row=PAGE_SIZE + ROW, has={"provided_id": provided_id}),
    )
    for name, provided_id in (
        ("long", LONG),
        ("with a line break", "ten\nant"),
        ("blank", " "),
        ("emoji", "\U0001f600"),
    )
] + [
    Case(
        name=f"{name} id of a record that cannot be read",
        group=GROUP,
        what="a record that cannot be read, its `provided_id` long or with a line break",
        opening=explo(customers=named(provided_id, name=7)),
        outcome=Raises(
            error=DecodeError,
            match=rf"page {PAGE}: row {ROW} \(provided_id {shown}\): name is a number, not a string{ADVICE}",
            page=PAGE,
            note="one line, with the id's first 60 characters",
            facts={"row": ROW, "path": "name", "provided_id": provided_id},
        ),
    )
    for name, provided_id, shown in (("long", LONG, r"'[tenant-]{50,60}\.\.\."), ("broken", "ten\nant", r"'ten\\nant'"))
]

CASES = [*MISSING, *OTHER_TYPES, *OTHER_INSIDE, *BARE_IDS, *NO_IDS, *ODD_IDS]
