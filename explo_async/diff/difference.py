"""What may differ between two lists of customers, and in which fields. Pure."""

from __future__ import annotations

from itertools import compress
from operator import attrgetter, is_not
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec
from attrs import field, frozen

from explo_async.models import to_json
from explo_async.record import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explo_async.models import Customer

_values = attrgetter(*COLUMNS)
_ENCODER = msgspec.json.Encoder(order="deterministic")


@frozen
class Added:
    """A customer that only the new list has."""

    kind: ClassVar[Literal["added"]] = "added"
    customer: Customer


@frozen
class Removed:
    """A customer that only the old list has."""

    kind: ClassVar[Literal["removed"]] = "removed"
    customer: Customer


@frozen
class Changed:
    """A customer that both lists have, and not the same."""

    kind: ClassVar[Literal["changed"]] = "changed"
    provided_id: str
    old: Customer
    new: Customer
    fields: tuple[str, ...] = field(init=False)
    """Which fields of `Customer` differ, in its order; a key of `extra` as `extra.KEY`."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(_differing(self.old, self.new)))

    def values(self, name: str) -> dict[str, object]:
        """Return what a field was, under "old", and is, under "new"; one of them where a key of `extra` is new or gone.

        For the token too: whoever shows this to somebody leaves that out.
        """
        if name.startswith("extra."):
            return pick(name.removeprefix("extra."), self.old.extra, self.new.extra)
        return {"old": getattr(self.old, name), "new": getattr(self.new, name)}

    def to_dict(self, *, with_tokens: bool = False) -> dict[str, Any]:
        """Return the id and each field that differs, with its values as JSON has them; no token's unless asked for."""
        fields = {
            name: {side: to_json(value) for side, value in self.values(name).items() if with_tokens or name != "token"}
            for name in self.fields
        }
        return {"provided_id": self.provided_id, "fields": fields}


Difference = Added | Removed | Changed


def _differing(old: Customer, new: Customer) -> Iterator[str]:
    befores, afters = _values(old), _values(new)
    # What is one object needs no look; two lists that were read together share most.
    others = compress(zip(COLUMNS, befores, afters, strict=True), map(is_not, befores, afters))
    for name, before, after in others:
        if name == "extra":
            yield from (f"extra.{key}" for key in differing_keys(before, after))
        elif name == "token":
            if None not in {before, after} and before != after:
                yield name
        elif not is_same_value(before, after):
            yield name


def differing_keys(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """Tell which keys two mappings do not both have with the same value, the old one's first, each in order."""
    for key in dict.fromkeys([*sorted(old), *sorted(new)]):
        if key not in old or key not in new or not is_same_value(old[key], new[key]):
            yield key


def pick(key: str, old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """Return the value of a key in two mappings, under "old" and "new", where it has one."""
    return {side: values[key] for side, values in (("old", old), ("new", new)) if key in values}


def is_same_value(old: object, new: object) -> bool:
    """Tell whether two values are the same in JSON, the order of keys apart."""
    if type(old) is str and type(new) is str:
        return old == new
    return _ENCODER.encode(old) == _ENCODER.encode(new)
