from __future__ import annotations

from itertools import chain, pairwise, permutations, product
from typing import TYPE_CHECKING

import pytest
from attrs import define
from hypothesis import assume, given
from hypothesis import strategies as st

from explo_async.completeness.accounts import Account, make_account
from explo_async.completeness.pictures import StillPictures
from tests.completeness.histories import Heard, make_history

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Observed = list[tuple[int, int | None]]
"""Totals, each with its picture if it has one; those between two pictures were under way together."""


@define
class Answer:
    total: int
    sent: int
    arrived: int
    picture: int | None


def answers_of(observed: Observed) -> list[Answer]:
    """Give answers that are told as is written: those in no picture were sent when the one before them had come."""
    answers: list[Answer] = []
    sent = 0
    for arrived, (total, picture) in enumerate(observed):
        if picture is not None or (arrived and observed[arrived - 1][1] is not None):
            sent = arrived
        answers.append(Answer(total, sent, arrived, picture))
    return answers


@st.composite
def observations(draw: st.DrawFn) -> Observed:
    """Draw totals in the order of their arrival, some of them in pictures; each picture has one total."""
    observed: Observed = []
    picture, total = 0, 0
    for _ in range(draw(st.integers(1, 6))):
        step = draw(st.sampled_from(("open", "same picture", "next picture")))
        if step == "open":
            observed.append((draw(st.integers(0, 5)), None))
            continue
        # What was told between two answers of one picture would be of it as well.
        if step == "next picture" or not observed or observed[-1][1] is None:
            picture, total = picture + 1, draw(st.integers(0, 5))
        observed.append((total, picture))
    return observed


def zones(observed: Observed) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Part the totals into those that begin a zone, stand in it in any order, and end it."""
    began: list[int] = []
    inside: list[int] = []
    current = 0
    for total, picture in observed:
        if picture is None:
            inside.append(total)
        elif picture != current:
            yield began, inside, [total]
            began, inside, current = [total], [], picture
    yield began, inside, []


def possible_orders(observed: Observed) -> list[list[int]]:
    """List every order in which these totals can have been counted."""
    choices = [
        # The picture that ends a zone begins the next one, which repeats its total.
        [[*began, *order, *ended] for order in set(permutations(inside))]
        for began, inside, ended in zones(observed)
    ]
    return [list(chain.from_iterable(parts)) for parts in product(*choices)]


def rises(totals: Iterable[int]) -> int:
    return sum(max(0, after - before) for before, after in pairwise(totals))


def falls(totals: Iterable[int]) -> int:
    return sum(max(0, before - after) for before, after in pairwise(totals))


@given(observations())
def test_most(observed: Observed) -> None:
    """The most insertions, deletions and rows are just what some order of the COUNTs allows."""
    account, orders = make_account(answers_of(observed)), possible_orders(observed)
    assert account.most_insertions == max(map(rises, orders))
    assert account.most_deletions == max(map(falls, orders))
    assert account.most_ever == max(order[0] + rises(order) for order in orders)


@given(observations())
def test_fewest_stable(observed: Observed) -> None:
    """No order leaves fewer rows that existed all the time than are counted on."""
    account, orders = make_account(answers_of(observed)), possible_orders(observed)
    assert 0 <= account.fewest_stable <= max(0, min(order[0] - falls(order) for order in orders))
    _, inside, ended = next(zones(observed))
    assert account.fewest_stable == max(0, min(inside + ended) - account.most_deletions)


@pytest.mark.parametrize(
    ("observed", "account"),
    [
        pytest.param([(9, None)], (9, 9, 0, 0, 0, 0), id="one answer"),
        pytest.param([(9, 1), (9, 1), (9, None)], (9, 9, 0, 0, 0, 0), id="a list at rest"),
        pytest.param([(9, 1), (12, 2)], (12, 9, 3, 0, 3, 0), id="insertions between two pictures"),
        pytest.param([(9, 1), (7, 2)], (9, 7, 0, 2, 0, 2), id="deletions between two pictures"),
        pytest.param([(9, 1), (7, 2), (9, 3)], (11, 7, 2, 2, 2, 2), id="the same total again"),
        pytest.param([(9, 1), (10, None), (8, None), (9, 2)], (11, 7, 2, 2, 1, 1), id="an open order"),
        pytest.param([(9, None), (8, None)], (9, 7, 1, 1, 0, 0), id="no picture at all"),
    ],
)
def test_examples(observed: Observed, account: tuple[int, ...]) -> None:
    """The bounds of some lists, as one would count them by hand."""
    ever, stable, most_in, most_out, least_in, least_out = account
    assert make_account(answers_of(observed)) == Account(
        most_ever=ever,
        fewest_stable=stable,
        most_insertions=most_in,
        most_deletions=most_out,
        least_insertions=least_in,
        least_deletions=least_out,
    )


@pytest.mark.parametrize(
    ("sent", "arrived", "most_insertions", "most_ever"),
    [
        pytest.param(2, 2, 2, 8, id="between the pictures"),
        pytest.param(3, 4, 2, 8, id="come before the last of the second one was sent"),
        pytest.param(3, 5, 3, 9, id="come just after the last of the second one was sent"),
        pytest.param(4, 7, 2, 8, id="sent when the first of the second one had come"),
        pytest.param(3, 7, 3, 9, id="sent just before the first of the second one came"),
        pytest.param(1, 7, 3, 9, id="sent when the first of the first one had come"),
        pytest.param(0, 7, 3, 11, id="sent before all others came"),
    ],
)
def test_an_answer_is_put_wherever_it_may_stand(sent: int, arrived: int, most_insertions: int, most_ever: int) -> None:
    """A total of 8 is added up after pictures of 6 and of 7, between them, and before them, as its moments allow."""
    pictures = [Answer(6, 0, 0, 1), Answer(6, 1, 1, 1), Answer(7, 3, 3, 2), Answer(7, 5, 6, 2)]
    account = make_account([*pictures, Answer(8, sent, arrived, None)])
    assert (account.most_insertions, account.most_ever) == (most_insertions, most_ever)


def possible_histories(heard: Sequence[Heard]) -> Iterator[list[int]]:
    """Give every order in which the totals of such answers can have been counted, by their moments alone."""
    if not heard:
        yield []
    for first in heard:
        if all(other.arrived >= first.sent for other in heard):
            for order in possible_histories([other for other in heard if other is not first]):
                yield [first.total, *order]


@given(st.integers(0, 2**32))
def test_every_possible_order_is_within_the_bounds(seed: int) -> None:
    """Whichever answers are under way together and come late, no order of their COUNTs goes beyond a bound."""
    history = make_history(seed, most=7)
    history.enter(StillPictures())
    heard = [each for each in history.heard if not each.is_past_end]
    assume(heard)
    account = make_account(heard)
    for totals in possible_histories(heard):
        assert account.least_insertions <= rises(totals) <= account.most_insertions
        assert account.least_deletions <= falls(totals) <= account.most_deletions
        assert totals[0] + rises(totals) <= account.most_ever
        assert max(0, totals[0] - falls(totals)) >= account.fewest_stable


@given(st.integers(0, 2**32))
def test_true_histories_are_within_the_bounds(seed: int) -> None:
    """What really was inserted and deleted is what is counted on at least, and at most."""
    history = make_history(seed)
    history.enter(StillPictures())
    assume(history.told)
    account = make_account([each for each in history.heard if not each.is_past_end])
    totals = [each.total for each in history.told]
    assert account.least_insertions <= rises(totals) <= account.most_insertions
    assert account.least_deletions <= falls(totals) <= account.most_deletions
    assert totals[0] + rises(totals) <= account.most_ever
    assert max(0, totals[0] - falls(totals)) >= account.fewest_stable
