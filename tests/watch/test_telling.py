from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from explo_async import Customer, Record
from explo_async.record import customer_of
from explo_async.watch.rows import decode_row, differing_fields, encode_row, in_order
from explo_async.watch.telling import Telling, tell_present, tell_removed
from tests.helpers.record_strategy import records

A = encode_row(Customer(provided_id="a", name="A"))
B = encode_row(Customer(provided_id="a", name="B"))
C = encode_row(Customer(provided_id="a", name="B", emails=("c@example.com",)))

TOLD_CHANGE = Telling("changed", A, B, ("name",))
TOLD_NEW = Telling("added", None, B)
TOLD_REMOVAL = Telling("removed", None, A, removed=True)


@pytest.mark.parametrize(
    ("acknowledged", "pending", "now", "expected"),
    [
        (None, None, A, Telling("added", None, A)),
        (A, None, A, None),
        (A, None, C, Telling("changed", A, C, ("name", "emails"))),
        # Told, and perhaps acted upon: it is told again, and what differs from either.
        (A, TOLD_CHANGE, B, Telling("changed", A, B, ("name",))),
        (A, TOLD_CHANGE, A, Telling("changed", B, A, ("name",))),
        (A, TOLD_CHANGE, C, Telling("changed", A, C, ("name", "emails"))),
        (B, TOLD_CHANGE, C, Telling("changed", B, C, ("name", "emails"))),
        # Nobody knows whether it is there to be changed.
        (None, TOLD_NEW, C, Telling("added", None, C)),
        (A, TOLD_REMOVAL, A, Telling("added", None, A, removed=True)),
        (A, Telling("added", None, A, removed=True), B, Telling("added", None, B, removed=True)),
    ],
)
def test_what_is_told_of_a_customer_that_is_there(
    acknowledged: bytes | None, pending: Telling | None, now: bytes, expected: Telling | None
) -> None:
    """By what was acknowledged, what was told since, and how it is."""
    assert tell_present(acknowledged, pending, now) == expected


@pytest.mark.parametrize(
    ("acknowledged", "pending", "last"), [(A, None, A), (A, TOLD_CHANGE, A), (None, TOLD_NEW, B), (A, TOLD_REMOVAL, A)]
)
def test_a_removal_tells_what_was_known_last(acknowledged: bytes | None, pending: Telling | None, last: bytes) -> None:
    """What was acknowledged, else what was told."""
    assert tell_removed(acknowledged, pending) == Telling("removed", None, last, removed=True)


@given(records)
def test_a_row_gives_back_all_but_the_token(record: Record) -> None:
    """Every value, in the form in which it came."""
    row = encode_row(record)
    back = decode_row(record.provided_id, row)
    assert back == evolve(customer_of(record), token=None)
    assert encode_row(back) == row
    assert differing_fields(row, encode_row(back)) == ()


def test_fields_are_in_the_order_of_a_customer() -> None:
    """Each once, and those of `extra` at the end."""
    assert in_order(["extra.b", "emails", "name", "extra.a", "emails"]) == ("name", "emails", "extra.a", "extra.b")


@given(st.sampled_from([TOLD_CHANGE, TOLD_NEW, TOLD_REMOVAL]))
def test_a_telling_is_stored_as_it_is(telling: Telling) -> None:
    """And read again."""
    assert Telling.of(*telling.values()) == telling
