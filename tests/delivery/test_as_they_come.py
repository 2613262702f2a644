"""Rows of a stream without order."""

from __future__ import annotations

from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.models import Customer
from tests.helpers.deliveries import NOTHING, arrive, rest_of, take_all


def test_pages_leave_as_they_arrive() -> None:
    """Without an order nothing is held back, whatever hangs together."""
    delivery = AsTheyCome[Customer]()
    assert take_all(delivery, NOTHING) == []
    for index, (number, rows) in enumerate([(3, "ghi"), (1, "abc"), (2, "def")]):
        arrive(delivery, index, number, rows)
    assert len(delivery) == 3
    assert (take_all(delivery, NOTHING), len(delivery)) == (["ghi", "abc", "def"], 0)


def test_the_rest_of_one_page_keeps_its_order() -> None:
    """Rows that came on one page at different moments keep that order where they leave as they come."""
    delivery = AsTheyCome[Customer]()
    for index, (number, rows) in enumerate([(2, "d"), (2, "e"), (1, "a"), (2, "f"), (1, "b")]):
        arrive(delivery, index, number, rows)
    assert rest_of(delivery) == "abdef"
