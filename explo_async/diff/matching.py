"""Two lists of customers walked in step: what differs is told as soon as it is known, and little is kept. Pure.

A customer waits for its counterpart as bytes, a quarter of its size; two that are the same are the same bytes.
`files.compared` says which values count.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from explo_async.completeness.id_set import IdSet
from explo_async.diff.difference import Added, Changed, Removed
from explo_async.files.compared import ENCODER, NULLABLE, PLAIN, compared_values
from explo_async.record import Record, customer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from explo_async.models import Customer

_NO_TOKEN = b"null"

_DECODER = msgspec.json.Decoder()


class Matcher:
    """Finds the differences between two lists that are fed to it part by part, in any order.

    It keeps what has no counterpart yet, and every id once. The two functions make the error for an id that is twice in
    the old or the new list, which the feeding then raises.
    """

    def __init__(self, doubled_in_old: Callable[[str], Exception], doubled_in_new: Callable[[str], Exception]) -> None:
        self.unchanged: int = 0
        """How many customers are the same in both lists, of those fed so far."""
        self._doubled_in_old, self._doubled_in_new = doubled_in_old, doubled_in_new
        self._old: dict[str, bytes] = {}
        self._new: dict[str, bytes] = {}
        self._matched = IdSet()

    @property
    def wants_old(self) -> bool:
        """Whether feeding the old list next keeps the two in step: it goes first."""
        return len(self._old) <= len(self._new)

    def feed_old(self, customers: Sequence[Customer | Record]) -> list[Changed]:
        """Take in the next customers of the old list."""
        pairs = self._match(customers, self._old, self._new, self._doubled_in_old)
        return [_changed(provided_id, old, new) for provided_id, old, new in pairs]

    def feed_new(self, customers: Sequence[Customer | Record]) -> list[Changed]:
        """Take in the next customers of the new list."""
        pairs = self._match(customers, self._new, self._old, self._doubled_in_new)
        return [_changed(provided_id, old, new) for provided_id, new, old in pairs]

    def finish(self) -> Iterator[Removed | Added]:
        """Tell what has no counterpart, once both lists have been fed to their end: each in the order of its list."""
        yield from (Removed(_decode(*item)) for item in self._old.items())
        yield from (Added(_decode(*item)) for item in self._new.items())

    def _match(
        self,
        customers: Sequence[Customer | Record],
        mine: dict[str, bytes],
        theirs: dict[str, bytes],
        doubled: Callable[[str], Exception],
    ) -> Iterator[tuple[str, bytes, bytes]]:
        """Take in customers of one list; give those that are another in the other list."""
        ids = [customer.provided_id for customer in customers]
        self._check_new(ids, mine, doubled)
        matched = []
        for provided_id, customer in zip(ids, customers, strict=True):
            row = _encode(customer)
            counterpart = theirs.pop(provided_id, None)
            if counterpart is None:
                mine[provided_id] = row
                continue
            matched.append(provided_id)
            if _is_same(row, counterpart):
                self.unchanged += 1
            else:
                yield provided_id, row, counterpart
        self._matched.add_new(matched)

    def _check_new(self, ids: list[str], mine: dict[str, bytes], doubled: Callable[[str], Exception]) -> None:
        fresh = self._matched.without(ids).difference(mine)
        if len(fresh) < len(ids):
            times = Counter(ids)
            twice = [provided_id for provided_id in ids if provided_id not in fresh or times[provided_id] > 1]
            raise doubled(twice[0])


def _encode(customer: Customer | Record) -> bytes:
    """Write a customer as two lines: its token, and all the rest but the id."""
    # The copy takes half the memory: what msgspec returns had been given room for more.
    return ENCODER.encode_lines((customer.token, compared_values(customer)))[:-1]


def _decode(provided_id: str, row: bytes) -> Customer:
    token, (plain, nullable) = _DECODER.decode_lines(row)
    values = zip((*PLAIN, *NULLABLE), (*plain, *nullable), strict=True)
    return customer_of(Record(provided_id, token=token, **dict(values)))


def _is_same(row: bytes, other: bytes) -> bool:
    if row == other:
        return True
    token, rest = row.split(b"\n", 1)
    other_token, other_rest = other.split(b"\n", 1)
    # A list that was exported without tokens knows nothing about them.
    return rest == other_rest and (_NO_TOKEN in {token, other_token} or token == other_token)


def _changed(provided_id: str, old: bytes, new: bytes) -> Changed:
    return Changed(provided_id, _decode(provided_id, old), _decode(provided_id, new))
