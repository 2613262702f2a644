"""Lists from a real site, at rest and changing: whoever exists all the time is in the list, or it is no list.

Django REST framework takes the total and the rows by two queries, each at a moment of its own, and PostgreSQL orders
ties anew for each query. `python -m tests.promises.site.trials` counts more of the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.promises.site.orders import ORDERS, UNIQUE_ORDERS
from tests.promises.site.trial import Cell, try_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.promises.site.history import Kind
    from tests.promises.site.running import Site
    from tests.promises.site.trial import Trial

# Without --dist loadgroup each worker that gets one of these tests runs a site of its own.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("site")]

ROWS, PAGE_SIZE = 3000, 100
KINDS: dict[str, tuple[Kind, ...]] = {
    "by-id": ("delete",),
    "newest": ("insert", "delete"),
    "by-name": ("insert", "delete", "update"),
    "unordered": ("insert", "delete", "update"),
}
"""What moves the rows of each order."""
PROVED = [(order, mode) for mode in ("checked", "exact") for order in ORDERS]
PROVED += [(order, "verified") for order in UNIQUE_ORDERS]
"""Each mode in the orders that it is made for: "verified" relies on rows that keep their order."""
LISTS = {"checked": 12, "verified": 5, "exact": 4}
"""As many as make a minute or so for each mode."""


async def gather(site: Site, cell: Cell, lists: int) -> Sequence[Trial]:
    """Fetch so many lists."""
    return [trial async for trial in try_lists(site, cell, lists=lists, seed=1)]


def check(trials: Sequence[Trial], cell: Cell) -> None:
    """Assert what each list that was accepted promises."""
    accepted = [trial for trial in trials if trial.accepted]
    short = [trial.judgement.missing for trial in accepted if trial.judgement.missing]
    assert not short, f"{len(short)} of {len(trials)} lists are short of {short} customers"
    assert not any(trial.judgement.strangers or trial.judgement.repeated for trial in accepted)
    if cell.consistency == "exact":
        assert all(trial.judgement.of_one_moment for trial in accepted)


@pytest.mark.parametrize("mode", ["off", "checked", "verified", "exact"])
@pytest.mark.parametrize("order", ["by-id", "newest", "unordered"])
async def test_a_list_at_rest_is_complete(site: Site, order: str, mode: str) -> None:
    """While nothing changes every mode gives the whole list, in every order without ties."""
    for server in ("gunicorn", "uvicorn"):
        cell = Cell(order=order, consistency=mode, server=server, rows=ROWS, page_size=PAGE_SIZE)
        (trial,) = await gather(site, cell, 1)
        assert trial.accepted, trial.error
        assert trial.judgement.of_one_moment
        check([trial], cell)


@pytest.mark.parametrize("mode", ["checked", "verified", "exact"])
async def test_a_list_at_rest_with_ties_is_complete_or_refused(site: Site, mode: str) -> None:
    """Pages that are cut from differently ordered ties pass for a list in no mode that proves anything."""
    cell = Cell(order="by-name", consistency=mode, rows=ROWS, page_size=PAGE_SIZE)
    check(await gather(site, cell, 2), cell)


@pytest.mark.parametrize(("order", "mode"), PROVED)
async def test_one_change_loses_nobody(site: Site, order: str, mode: str) -> None:
    """Exactly one change, at any moment of the fetch, between a total and its rows included."""
    cell = Cell(
        order=order,
        consistency=mode,
        kinds=KINDS[order],
        rate="one",
        server="uvicorn",  # whose requests overlap the most
        rows=ROWS,
        page_size=PAGE_SIZE,
    )
    trials = await gather(site, cell, LISTS[mode])
    check(trials, cell)
    assert any(trial.changes for trial in trials)
    if order in UNIQUE_ORDERS:
        assert sum(trial.accepted for trial in trials) > len(trials) / 2, [trial.error for trial in trials]


@pytest.mark.parametrize(("order", "mode"), PROVED)
async def test_ten_changes_a_second_lose_nobody(site: Site, order: str, mode: str) -> None:
    """A list that changes all through the fetch and after it."""
    cell = Cell(order=order, consistency=mode, kinds=KINDS[order], rate=10.0, rows=ROWS, page_size=PAGE_SIZE)
    trials = await gather(site, cell, LISTS[mode])
    check(trials, cell)
    assert any(trial.changes for trial in trials)


@pytest.mark.parametrize("mode", ["checked", "verified"])
async def test_a_hundred_new_customers_a_second_hide_nobody(site: Site, mode: str) -> None:
    """Newest first, so that each new customer moves every row: refused more often than not, and never short."""
    cell = Cell(order="newest", consistency=mode, kinds=("insert",), rate=100.0, rows=ROWS, page_size=PAGE_SIZE)
    check(await gather(site, cell, 4), cell)


@pytest.mark.parametrize(("order", "rate"), [("by-id", 100.0), ("by-name", "none")])
async def test_without_a_proof_lists_are_short(site: Site, order: str, rate: float) -> None:
    """The same site makes "off" lose customers, by deletions or by ties alone: these tests can fail."""
    cell = Cell(order=order, consistency="off", rate=rate, rows=ROWS, page_size=PAGE_SIZE)
    trials = await gather(site, cell, 3)
    assert all(trial.accepted for trial in trials)
    assert any(trial.short for trial in trials)
