"""What stands behind rows, and how it is found."""

from __future__ import annotations

import pytest

from explo_async.emulator.records import Records
from explo_async.emulator.synthetic import draw_token, make_customer, provided_id_of


def token_of(serial: int) -> str:
    token: str = make_customer(0, serial)["token"]
    return token


def test_a_synthetic_customer_is_found_while_it_is_there() -> None:
    """By id and by token, until it is dropped, and only within the list."""
    records = Records(0, 3)
    assert [records.find(provided_id_of(serial)) for serial in (0, 2, 3)] == [0, 2, None]
    assert [records.find_by_token(token_of(serial)) for serial in (0, 2, 3)] == [0, 2, None]
    assert records.find_by_token(make_customer(1, 0)["token"]) is None
    records.drop(2)
    assert (records.find(provided_id_of(2)), records.find_by_token(token_of(2))) == (None, None)
    assert records.fresh() == 3
    assert records.find(provided_id_of(3)) == 3


@pytest.mark.parametrize("token", ["", "fake-token-of-", "fake-token-of-customer-0000000", "customer-0000000-0", "x"])
def test_a_token_that_nobody_has_is_not_found(token: str) -> None:
    """Texts that look like one lead to nobody."""
    assert Records(0, 3).find_by_token(token) is None


def test_a_record_in_the_place_of_a_synthetic_customer() -> None:
    """It has the id, knows where it comes from, and is the only one of its id."""
    records = Records(0, 3)
    row = records.replace(1, make_customer(0, 1) | {"name": "Other", "token": "new"})
    assert row < 0
    assert (records.find(provided_id_of(1)), records.find_by_token("new")) == (row, row)
    assert records.find_by_token(token_of(1)) is None
    assert (records.origin_of(row), records.origin_of(2)) == (1, 2)
    assert records.replace(row, {"provided_id": "renamed"}) == row
    assert (records.find("renamed"), records.find(provided_id_of(1)), records.find_by_token("new")) == (row, None, None)
    assert records.origin_of(row) == 1
    records.drop(row)
    assert records.find("renamed") is None
    assert records.origin_of(row) is None


def test_an_id_may_stand_for_one_customer_in_each_group() -> None:
    """Each is found in its group, and any of them where no group is named."""
    records = Records(0, 1)
    group = records.group_of(0)
    here = records.keep({"provided_id": provided_id_of(0), "access_group": "Here", "token": "same"})
    there = records.keep({"provided_id": provided_id_of(0), "access_group": "There", "token": "same"})
    find = [records.find(provided_id_of(0), each) for each in (group, "Here", "There", "Nowhere", None)]
    assert find == [0, here, there, None, here]
    assert records.find_near(provided_id_of(0), "Nowhere") == here
    assert records.find_near(provided_id_of(0), "There") == there
    records.drop(here)
    assert records.find(provided_id_of(0)) == there
    assert records.find_by_token("same") == there


def test_tokens_that_are_given_out_are_new() -> None:
    """None of them is one that a synthetic customer has, and none comes twice."""
    drawn = [draw_token(0, "customer-0000001", number) for number in range(1000)]
    assert len(set(drawn)) == 1000
    assert token_of(1) not in drawn
    assert all(token.startswith("fake-token-of-customer-0000001-") for token in drawn)
