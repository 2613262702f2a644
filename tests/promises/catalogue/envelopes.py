"""JSON that is a page at first sight: its total, its results, its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async import DecodeError
from explo_async.emulator import Dialect
from tests.promises.catalogue.case import Case, Data, Raises
from tests.promises.catalogue.faults import Changed
from tests.promises.catalogue.places import explo

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "Page"
ABSENT = object()
SHAPE = ".*; the API has changed or base_url is not Explo's"


def replace(key: str, value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Put another value at a key of the envelope, or nothing."""
    return lambda page: {name: one for name, one in (page | {key: value}).items() if one is not ABSENT}


def results(value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Put another value at `results.customers`, or nothing."""
    return replace("results", {} if value is ABSENT else {"customers": value})


def row(value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Put another value in the place of the fourth row."""

    def change(page: dict[str, Any]) -> dict[str, Any]:
        page["results"]["customers"][3] = value
        return page

    return change


def wrong(name: str, what: str, change: Callable[[Any], Any], match: str, *, note: str = "", **facts: Any) -> Case:
    """Make a case of a page that cannot be read."""
    return Case(
        name=name,
        group=GROUP,
        what=what,
        opening=explo(Changed(change, page=1)),
        outcome=Raises(error=DecodeError, match=f"page 1: {match}{SHAPE}", facts=facts, note=note),
    )


TOTALS = [
    wrong(
        f"total_count {name}",
        what,
        replace("total_count", value),
        f"total_count {match}",
        note=note,
        path="total_count",
    )
    for name, value, match, what, note in (
        (
            "null",
            None,
            "is null, not a whole number",
            "`total_count` null, absent, or of another type",
            "never coerced",
        ),
        ("absent", ABSENT, "is missing", "`total_count` null, absent, or of another type", "never coerced"),
        (
            "3.7",
            3.7,
            "is a number, not a whole number",
            "`total_count` null, absent, or of another type",
            "never coerced",
        ),
        (
            "30.0",
            30.0,
            "is a number, not a whole number",
            "`total_count` null, absent, or of another type",
            "never coerced",
        ),
        (
            "digits",
            "30",
            "is a string, not a whole number",
            "`total_count` null, absent, or of another type",
            "never coerced",
        ),
        ("true", True, "is a boolean, not", "`total_count` null, absent, or of another type", "never coerced"),
        ("list", [30], "is a list, not", "`total_count` null, absent, or of another type", "never coerced"),
        ("negative", -1, "is not between 0 and", "`total_count` negative or huge (10^12)", "nothing is planned by it"),
        ("10^12", 10**12, "is not between 0 and", "`total_count` negative or huge (10^12)", "nothing is planned by it"),
        ("10^30", 10**30, "is not between 0 and", "`total_count` negative or huge (10^12)", "nothing is planned by it"),
        ("0 with rows", 0, "is smaller than the 10 rows", "`total_count` smaller than the rows beside it", ""),
        ("9", 9, "is smaller than the 10 rows", "`total_count` smaller than the rows beside it", ""),
    )
] + [
    Case(
        name="total_count 10^9",
        group=GROUP,
        what="`total_count` that would need more than a million pages",
        opening=explo(Changed(replace("total_count", 10**9), page=1)),
        outcome=Raises(
            error=DecodeError,
            match=r"total_count 1000000000 would need 100000000 pages of 10",
            note="nothing is planned by it",
        ),
    ),
]

SHAPES = [
    wrong(f"{path} {name}", f"`{path}` absent, or of another type", change, match, path=path, note="names the place")
    for path, name, change, match in (
        ("results", "absent", replace("results", ABSENT), "results is missing, where an object belongs"),
        ("results", "null", replace("results", None), "results is null, not an object"),
        ("results", "list", replace("results", []), "results is a list, not an object"),
        ("results", "string", replace("results", "none"), "results is a string, not an object"),
        ("results.customers", "absent", results(ABSENT), "results.customers is missing, where a list belongs"),
        ("results.customers", "null", results(None), "results.customers is null, not a list"),
        ("results.customers", "object", results({"0": {}}), "results.customers is an object, not a list"),
        ("results.customers", "string", results("none"), "results.customers is a string, not a list"),
    )
] + [
    wrong(
        f"row {name}",
        "a row that is no object",
        row(value),
        rf"results\.customers\[3\] is {name}, not an object",
        note="names the row",
        path="results.customers[3]",
        row=3,
    )
    for name, value in (("null", None), ("a number", 7), ("a list", [{}]), ("a string", "acme"), ("a boolean", False))
]


ACCEPTED = [
    Case(
        name="further keys",
        group=GROUP,
        what="further keys beside `total_count` and `results`",
        opening=explo(Changed(replace("meta", {"shard": 3}))),
        outcome=Data(),
    ),
    Case(
        name="the earlier envelope",
        group=GROUP,
        what="the earlier documented envelope: `count`, `next`, camelCase keys",
        opening=explo(dialect=Dialect(keys="camel", next_links=True)),
        outcome=Data(),
    ),
]

CASES = [*TOTALS, *SHAPES, *ACCEPTED]
