"""The desired side: which customers there are to be, and what of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from explo_async.checks import check_text
from explo_async.errors import ConfigurationError
from explo_async.reconcile.fields import FIELDS, PASSED_OVER, SPELLED, check_value


@frozen
class Wanted:
    """One customer as it is to be: only the fields that are stated; one that is null states nothing."""

    provided_id: str
    values: dict[str, Any]


@frozen
class Desired:
    """A desired list, in its order, each id once."""

    customers: tuple[Wanted, ...]
    fields: tuple[str, ...]
    """The fields that it states, of at least one customer."""
    source: str
    """Where it is from, for people."""


def make_desired(rows: Iterable[Mapping[str, Any]], source: str = "the desired list") -> Desired:
    """Read the rows of a desired list; raises `ConfigurationError`, which names the row, from 1, and the field."""
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        msg = f"{source} must be a list of mappings, not of type {type(rows).__name__}"
        raise ConfigurationError(msg)
    customers: dict[str, Wanted] = {}
    stated: set[str] = set()
    for place, row in enumerate(rows, start=1):
        where = f"{source}, row {place}"
        wanted = _read_row(row, where)
        if wanted.provided_id in customers:
            msg = f"{where}: the provided_id {wanted.provided_id!r:.60} is there twice"
            raise ConfigurationError(msg, advice="leave one of them out")
        customers[wanted.provided_id] = wanted
        stated.update(wanted.values)
    if not customers:
        msg = f"{source} has no customers"
        raise ConfigurationError(msg, advice="an empty list is taken for a mistake: nothing is planned by it")
    return Desired(tuple(customers.values()), tuple(name for name in FIELDS if name in stated), source)


def _read_row(row: object, where: str) -> Wanted:
    if not isinstance(row, Mapping):
        msg = f"{where} is not a mapping, but of type {type(row).__name__}"
        raise ConfigurationError(msg)
    values: dict[str, Any] = {}
    for key, value in row.items():
        if key == "provided_id" or key in PASSED_OVER:
            continue
        name = SPELLED.get(key)
        if name is None:
            msg = f"{where} has a column {key!r:.40} that is not known"
            raise ConfigurationError(msg, advice=f"the columns are {', '.join(('provided_id', *FIELDS))}")
        if value is None:
            continue
        if name in values:
            msg = f"{where} has {name} twice, by both its spellings"
            raise ConfigurationError(msg, advice="leave one of them out")
        try:
            values[name] = check_value(name, value)
        except ConfigurationError as error:
            msg = f"{where}: {error.what}"
            raise ConfigurationError(msg, advice=error.advice) from None
    try:
        check_text("provided_id", row.get("provided_id"))
    except ConfigurationError as error:
        msg = f"{where}: {error.what}"
        raise ConfigurationError(msg) from None
    return Wanted(row["provided_id"], values)
