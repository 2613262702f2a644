"""The DOCS's tables against the code: every error, option and field is described, with its default, and no other."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

import explo_async
from explo_async import Customer, ExploClient, ExploError, FetchReport, FetchStats, InvalidRecord, Progress, RetryPolicy
from explo_async.cli.advice import options_of
from explo_async.cli.commands.customers_watch import watch_customers
from explo_async.customers import Customers

PAGES = Path(__file__).parents[1] / "docs"
DOCS = "".join((PAGES / page).read_text("utf-8") for page in ("reference/at-a-glance.md", "how-to/exports.md"))
SHARED = {"parent_provided_id", "hierarchy_level_name", "timeout"}


def table(title: str) -> list[list[str]]:
    """Return the rows of the table whose first column has this title, each as its cells."""
    _, found, rest = DOCS.partition(f"\n| {title} |")
    assert found, f"no table begins with {title}"
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def names(cell: str) -> list[str]:
    """Return the names that a cell shows as code, without what stands behind them."""
    return re.findall(r"`(\w+)[^`]*`", cell)


def described(title: str) -> list[str]:
    """Return the names in the first column of a table."""
    return [name for row in table(title) for name in names(row[0])]


def defaults(title: str) -> dict[str, Any]:
    """Return the default of each name in a table, where it is written as Python would write it."""
    found: dict[str, Any] = {}
    for row in table(title):
        for name, default in zip(names(row[0]), re.findall(r"`([^`]+)`", row[1]), strict=False):
            try:
                found[name] = ast.literal_eval(default)
            except (ValueError, SyntaxError):
                continue
    return found


def options(call: Any) -> dict[str, Any]:
    """Return the parameters of a call that have a default, with that."""
    parameters = inspect.signature(call).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def fields(kind: type[Any]) -> dict[str, Any]:
    """Return the fields of a class of values, with their defaults."""
    return {field.name: field.default for field in attrs.fields(kind)}


ERRORS = {
    name: kind
    for name in explo_async.__all__
    if isinstance(kind := getattr(explo_async, name), type) and issubclass(kind, ExploError) and kind is not ExploError
}


def test_every_error_is_in_its_table() -> None:
    """Once, and nothing else is."""
    assert sorted(name for row in table("error") for name in names(row[0]) if name != "ValueError") == sorted(ERRORS)


@pytest.mark.parametrize("name", ERRORS)
def test_every_fact_of_an_error_is_told(name: str) -> None:
    """Each attribute that a kind of error adds to its base is in its row."""

    def facts(kind: type) -> set[str]:
        own = set(inspect.signature(kind).parameters) - {"what", "context"}
        return own - set(inspect.signature(ExploError).parameters)

    (row,) = [row for row in table("error") if name in names(row[0])]
    inherited = {fact for base in ERRORS[name].__mro__[1:] if base.__name__ in ERRORS for fact in facts(base)}
    assert set(names(row[2])) == facts(ERRORS[name]) - inherited


def test_what_all_errors_carry_is_told() -> None:
    """What all errors carry stands before their table."""
    before = DOCS.partition("\n| error |")[0].rpartition("## Errors")[2]
    carried = set(vars(ExploError("")))
    assert {name for name in carried if f"`{name}`" in before or f"`.{name}`" in before} == carried


@pytest.mark.parametrize("call", ["list", "stream"])
def test_every_option_of_a_listing_is_in_its_table(call: str) -> None:
    """With its default; what is for streams alone says so."""
    rows = {name: row for row in table("option") for name in names(row[0])[:1]}
    own = {name for name, row in rows.items() if call == "stream" or "(`stream`)" not in row[0]}
    found = options(getattr(Customers, call))
    assert own == set(found) - SHARED
    told = defaults("option")
    assert {name: told[name] for name in own} == {name: found[name] for name in own}


def test_every_call_takes_the_filters_and_is_shown() -> None:
    """With the options that are its own."""
    calls = {name: call for name, call in vars(Customers).items() if not name.startswith("_") and name != "watch"}
    shown = table("call")
    assert [re.findall(r"customers\.(\w+)\(", row[0]) for row in shown] == [[name] for name in calls]
    assert all(set(options(call)) >= SHARED for call in calls.values())
    assert all(f"`{name}=`" in DOCS for name in SHARED)


def test_every_option_of_a_watch_is_in_the_table_of_its_page() -> None:
    """With its default; the command has each of them, too, with the same."""
    page = (PAGES / "how-to/watch.md").read_text("utf-8").partition("\n## The options")[2]
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| .+ \|$", page, re.MULTILINE)
    assert {name: ast.literal_eval(default) for name, default in rows} == options(Customers.watch)
    assert {f"--{name.replace('_', '-')}" for name, _ in rows} <= options_of(watch_customers)


def test_every_argument_of_the_client_is_in_its_table() -> None:
    """With its default, where that is a plain value."""
    found = options(ExploClient)
    assert sorted(described("argument of `ExploClient`")) == sorted(found)
    told = defaults("argument of `ExploClient`")
    assert len(told) >= 5
    assert told == {name: found[name] for name in told}


def test_every_field_of_the_policy_is_in_its_table() -> None:
    """With its default."""
    assert defaults("field of `RetryPolicy`") == fields(RetryPolicy)


@pytest.mark.parametrize("kind", [FetchReport, FetchStats])
def test_every_field_of_a_report_is_in_its_table(kind: type[Any]) -> None:
    """In any order, once."""
    assert sorted(described(f"field of `{kind.__name__}`")) == sorted(fields(kind))


def test_every_field_of_a_record_set_aside_is_told() -> None:
    """In the line about them."""
    (row,) = [row for row in table("field of `FetchReport`") if "invalid" in names(row[0])]
    assert set(names(row[1])) == {"InvalidRecord", *fields(InvalidRecord)}


def test_every_field_of_a_customer_is_in_the_table_of_columns() -> None:
    """The columns of an export are the fields of the class."""
    assert sorted(name for name in described("column") if name != "with") == sorted(fields(Customer))


def test_what_progress_adds_to_the_counters_is_told() -> None:
    """In the line about it."""
    (line,) = re.findall(r"^.*`Progress` has these.*$", DOCS, re.MULTILINE)
    assert set(names(line)) == {"Progress", *fields(Progress)} - set(fields(FetchStats))
