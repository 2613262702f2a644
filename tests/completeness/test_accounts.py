from __future__ import annotations

from itertools import chain, pairwise, permutations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explo_async.completeness.accounts import Account, make_account
from explo_async.completeness.pictures import StillPictures
from tests.completeness.histories import Heard, make_history

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Observed = list[tuple[int, int | None]]


@st.composite
def observed(draw: st.DrawFn) -> Observed:
    """Draw totals in the order of their arrival, some of them in pictures; each picture has one total."""
    answers: Observed = []
    picture, total = 0, 0
    for _ in range(draw(st.integers(1, 6))):
        step = draw(st.sampled_from(("open", "same picture", "next picture")))
        if step == "open":
            answers.append((draw(st.integers(0, 5)), None))
            continue
        if step == "next picture" or not picture:
            picture, total = picture + 1, draw(st.integers(0, 5))
        answers.append((total, picture))
    return answers


def zones(answers: Observed) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Part the totals into those that begin a zone, stand in it in any order, and end it."""
    began: list[int] = []
    inside: list[int] = []
    current = 0
    for total, picture in answers:
        if picture is None:
            inside.append(total)
        elif picture != current:
            yield began, inside, [total]
            began, inside, current = [total], [], picture
    yield began, inside, []


def possible_orders(answers: Observed) -> list[list[int]]:
    """List every order in which these totals can have been counted."""
    choices = [
        # The picture that ends a zone begins the next one, which repeats its total.
        [[*began, *order, *ended] for order in set(permutations(inside))]
        for began, inside, ended in zones(answers)
    ]
    return [list(chain.from_iterable(parts)) for parts in product(*choices)]


def rises(totals: Iterable[int]) -> int:
    return sum(max(0, after - before) for before, after in pairwise(totals))


def falls(totals: Iterable[int]) -> int:
    return sum(max(0, before - after) for before, after in pairwise(totals))


@given(observed())
def test_most(answers: Observed) -> None:
    """The most insertions, deletions and rows are just what some order of the COUNTs allows."""
    account, orders = make_account(answers), possible_orders(answers)
    assert account.most_insertions == max(map(rises, orders))
    assert account.most_deletions == max(map(falls, orders))
    assert account.most_ever == max(order[0] + rises(order) for order in orders)


@given(observed())
def test_fewest_stable(answers: Observed) -> None:
    """No order leaves fewer rows that existed all the time than are counted on."""
    account, orders = make_account(answers), possible_orders(answers)
    assert 0 <= account.fewest_stable <= max(0, min(order[0] - falls(order) for order in orders))
    _, inside, ended = next(zones(answers))
    assert account.fewest_stable == max(0, min(inside + ended) - account.most_deletions)


@given(observed())
def test_least(answers: Observed) -> None:
    """The least insertions and deletions are those of an order that begins and ends each zone as the answers came."""
    account = make_account(answers)
    least = [0, 0]
    for began, inside, ended in zones(answers):
        whole = [*began, *inside, *ended]
        orders = [[whole[0], *order, whole[-1]] for order in set(permutations(whole[1:-1]))]
        least[0] += min(map(rises, orders))
        least[1] += min(map(falls, orders))
    assert [account.least_insertions, account.least_deletions] == least
    assert account.least_insertions <= account.most_insertions
    assert account.least_deletions <= account.most_deletions


@pytest.mark.parametrize(
    ("answers", "account"),
    [
        pytest.param([(9, None)], (9, 9, 0, 0, 0, 0), id="one answer"),
        pytest.param([(9, 1), (9, 1), (9, None)], (9, 9, 0, 0, 0, 0), id="a list at rest"),
        pytest.param([(9, 1), (12, 2)], (12, 9, 3, 0, 3, 0), id="insertions between two pictures"),
        pytest.param([(9, 1), (7, 2)], (9, 7, 0, 2, 0, 2), id="deletions between two pictures"),
        pytest.param([(9, 1), (7, 2), (9, 3)], (11, 7, 2, 2, 2, 2), id="the same total again"),
        pytest.param([(9, 1), (10, None), (8, None), (9, 2)], (11, 7, 2, 2, 2, 2), id="an open order"),
        pytest.param([(9, None), (8, None)], (9, 7, 1, 1, 0, 1), id="no picture at all"),
    ],
)
def test_examples(answers: Observed, account: tuple[int, ...]) -> None:
    """The bounds of some lists, as one would count them by hand."""
    ever, stable, most_in, most_out, least_in, least_out = account
    assert make_account(answers) == Account(
        most_ever=ever,
        fewest_stable=stable,
        most_insertions=most_in,
        most_deletions=most_out,
        least_insertions=least_in,
        least_deletions=least_out,
    )


def has_late_answer(heard: list[Heard]) -> bool:
    """Tell whether an answer without a picture came after one that is in a picture and was under way with it."""
    return any(
        late.picture is None and any(each.picture is not None and late.sent <= each.arrived for each in heard[:place])
        for place, late in enumerate(heard)
    )


@given(st.integers(0, 2**32))
def test_true_histories_are_within_the_bounds(seed: int) -> None:
    """What really was inserted and deleted is at most what is counted on."""
    history = make_history(seed)
    history.enter(StillPictures())
    heard = [each for each in history.heard if not each.is_past_end]
    # Such a one may have been counted before the picture: then its zone is not where it is taken to be.
    assume(heard and not has_late_answer(heard))
    account = make_account((each.total, each.picture) for each in heard)
    totals = [each.total for each in history.told]
    assert rises(totals) <= account.most_insertions
    assert falls(totals) <= account.most_deletions
    assert totals[0] + rises(totals) <= account.most_ever
    assert max(0, totals[0] - falls(totals)) >= account.fewest_stable
