"""What a list is ordered by: something unique, something with ties, or nothing."""

from __future__ import annotations

from itertools import groupby
from random import Random

import pytest

from explo_async.emulator import Emulator
from explo_async.emulator.book import CustomerBook
from explo_async.emulator.order import TIE_SIZE, Order, Ties
from explo_async.emulator.synthetic import provided_id_of
from tests.helpers.emulator_client import asking

RECORDS = [{"provided_id": f"given-{number}"} for number in range(21)]
THREE = [{"provided_id": letter} for letter in "abc"]


@pytest.mark.parametrize("customers", [21, RECORDS])
async def test_ties_come_in_an_order_of_their_own_in_each_answer(customers: int | list[dict[str, str]]) -> None:
    """Seven neighbours tie: each answer has them in another order, and never out of their seven places."""
    async with Emulator(customers, order="ties") as emulator, asking(emulator) as ask:
        emulator.prepare(21)
        answers = [(await ask(page_size=21)).provided_ids for _ in range(5)]
        assert len({tuple(answer) for answer in answers}) == 5
        for answer in answers:
            for start in (0, 7, 14):
                assert set(answer[start : start + 7]) == set(emulator.provided_ids[start : start + 7])
                assert answer[start : start + 7] != list(emulator.provided_ids[start : start + 7])


@pytest.mark.parametrize("page", [1, 4, 7])
async def test_any_of_a_group_may_be_on_a_page_that_has_a_part_of_it(page: int) -> None:
    """A page that begins or ends within a group draws from the whole group."""
    async with Emulator(7, order="ties") as emulator, asking(emulator) as ask:
        seen = {(await ask(page=page, page_size=1)).provided_ids[0] for _ in range(60)}
        assert seen == set(emulator.provided_ids)


async def test_ties_hide_rows_from_a_sweep() -> None:
    """A group that two pages share shows some of its rows on both and others on none."""
    async with Emulator(700, order="ties") as emulator, asking(emulator) as ask:
        seen = [
            provided_id for page in range(1, 15) for provided_id in (await ask(page=page, page_size=50)).provided_ids
        ]
        assert len(seen) == 700
        assert len(set(seen)) < 700


async def test_the_same_seed_ties_in_the_same_way() -> None:
    """The draws depend on the seed and on the queries before."""
    orders = []
    for seed in (3, 3, 4):
        async with Emulator(70, order="ties", seed=seed) as emulator, asking(emulator) as ask:
            orders.append([(await ask(page=page, page_size=10)).provided_ids for page in (1, 2, 1)])
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


async def test_a_page_of_ties_ends_where_the_list_ends() -> None:
    """A page past the rows is empty, and the last page has what is left."""
    async with Emulator(10, order="ties", total_error=20) as emulator, asking(emulator) as ask:
        assert sorted((await ask(page=2, page_size=7)).provided_ids) == [provided_id_of(n) for n in (7, 8, 9)]
        assert (await ask(page=3, page_size=10)).provided_ids == []


def members(book: CustomerBook) -> list[tuple[int, list[str]]]:
    """List the groups of a book with ties as they stand, with the ids in each."""
    order = book.order
    assert isinstance(order, Ties)
    runs = groupby(book.select(None, None), order._group_of)
    return [(number, [book.id_of(row) for row in rows]) for number, rows in runs]


@pytest.mark.parametrize("customers", [30, 0])
def test_a_group_stands_together_and_keeps_its_members(customers: int) -> None:
    """Whatever is put in, taken out or updated, whoever stays is tied to the same ones as before."""
    random, book = Random(5), CustomerBook(customers, order=Ties())
    of_whom: dict[str, int] = {}
    for number in range(600):
        kind = random.choice(["fresh", "given", "delete", "update"]) if len(book) else "fresh"
        place = random.choice([0, len(book), random.randint(0, len(book))])
        if kind == "fresh":
            book.add(index=place)
        elif kind == "given":
            book.add({"provided_id": f"given-{number}"}, place)
        elif kind == "delete":
            book.delete_at(random.randrange(len(book)))
        else:
            book.change(random.choice(book.provided_ids), {"name": "Other"})
        groups = members(book)
        assert len({group for group, _ in groups}) == len(groups), "a group stands in two places"
        now = {provided_id: group for group, ids in groups for provided_id in ids}
        assert all(of_whom.get(provided_id, group) == group for provided_id, group in now.items())
        of_whom |= now
    assert book.order._joined.keys() <= set(book.select(None, None))  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", [0, 14])
def test_customers_added_side_by_side_tie_by_sevens(place: int) -> None:
    """New ones at an end of the list open a group, up to seven to one, and leave the old groups as they were."""
    book = CustomerBook(14, order=Ties())
    for _ in range(10):
        book.add(index=place if not place else len(book))
    sizes = [len(ids) for _, ids in members(book)]
    assert sizes == ([3, 7, 7, 7] if place == 0 else [7, 7, 7, 3])


@pytest.mark.parametrize(
    ("index", "sizes"), [(3, [8, 7]), (7, [7, 1, 7]), (-1, [7, 8]), (-99, [1, 7, 7]), (99, [7, 7, 1])]
)
def test_a_customer_put_between_two_that_tie_ties_with_them(index: int, sizes: list[int]) -> None:
    """Within a group a new one belongs to it, at its edge it does not, whichever way the index is told."""
    book = CustomerBook(2 * TIE_SIZE, order=Ties())
    book.add(index=index)
    plain = CustomerBook(2 * TIE_SIZE, order=Order())
    plain.add(index=index)
    assert [len(ids) for _, ids in members(book)] == sizes
    assert book.provided_ids == plain.provided_ids


async def test_without_an_order_an_update_moves_a_customer_to_the_end() -> None:
    """With `order="none"` who is updated is last, whether synthetic, given or updated before; the others stay."""
    async with Emulator(3, order="none") as emulator, asking(emulator) as ask:
        emulator.add({"provided_id": "given"}, 0)
        for provided_id in ("customer-0000001", "given", "customer-0000001"):
            emulator.change(provided_id, name="Other")
            assert emulator.provided_ids[-1] == provided_id
        expected = ["customer-0000000", "customer-0000002", "given", "customer-0000001"]
        assert (await ask()).provided_ids == expected


async def test_without_an_order_a_row_can_be_missed_while_no_total_moves() -> None:
    """An update between two pages moves a row of the first one to the end, and the one that follows up out of sight."""
    async with Emulator(THREE, order="none") as emulator, asking(emulator) as ask:
        emulator.on_request = lambda seen: emulator.change("a", name="Other") if seen.page == 2 else None
        pages = [await ask(page=page, page_size=1) for page in (1, 2, 3)]
        assert [page.json()["total_count"] for page in pages] == [3, 3, 3]
        assert [page.provided_ids for page in pages] == [["a"], ["c"], ["a"]]


@pytest.mark.parametrize("order", ["unique", "ties"])
async def test_otherwise_an_update_leaves_a_customer_where_it_stands(order: str) -> None:
    """With any other order an update is seen in the values alone."""
    async with Emulator(THREE, order=order) as emulator:  # type: ignore[arg-type]
        emulator.change("a", name="Other")
        assert emulator.provided_ids == ("a", "b", "c")
