"""Which pages to ask for again where the chain is broken. Looks at the chain, never changes it. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from explo_async.plan import Ask, bridge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from explo_async.completeness.chain import Chain
    from explo_async.completeness.reading import Reading


def find_unanswered(chain: Chain, *, size: int, goal: int) -> Iterator[Ask]:
    """Give the pages up to one that nobody has answered."""
    for number in range(chain.connected + 1, goal + 1):
        if number not in chain.pages:
            yield Ask(number, size)


def find_stale(chain: Chain, is_current: Callable[[Reading], bool], *, goal: int) -> set[int]:
    """Find the pages beside broken links that are in no still picture.

    `is_current` tells whether an answer is, or will be, part of the present one as far as is known. Once they have
    been read again they are of one picture with each other, or share rows with those of an older one.
    """
    stale: set[int] = set()
    for number, left, right in chain.pages.broken_links(goal):
        stale.update(page for page, reading in ((number, left), (number + 1, right)) if not is_current(reading))
    end = chain.pages.get(goal)
    if end is not None and chain.end is None and not is_current(end):
        stale.add(goal)
    return stale


def group(pages: Collection[int], *, size: int, total: int, largest: int) -> Iterator[Ask]:
    """Give asks for pages, several in one where a larger page holds just these and others beside them.

    Its last row must be due: a server that clamps the size would show other rows than it seems to.
    """
    several = largest // size
    for number, members in groupby(sorted(pages), key=lambda page: (page - 1) // max(1, several) + 1):
        wanted = list(members)
        whole = number == 1 or number * several * size <= total
        if len(wanted) > 1 and whole:
            yield Ask(number, several * size)
        else:
            yield from (Ask(page, size) for page in wanted)


def find_bridges(
    chain: Chain,
    pending: Collection[Ask],
    is_current: Callable[[Reading], bool],
    tries: dict[int, int],
    *,
    size: int,
    goal: int,
) -> Iterator[Ask]:
    """Give for each broken link the page that holds the rows on both its sides: then no total matters.

    What a bridge did not hold together is read again itself, and bridged once more; `tries` counts that for each page.
    """
    for number, _, _ in chain.pages.broken_links(goal):
        ask = bridge(number * size, size)
        around = [Ask(number, size), Ask(number + 1, size)]
        if ask in pending or any(page in pending for page in around):
            continue
        tries[number] = tries.get(number, 0) + 1
        yield from [ask] if ask and tries[number] % 2 else around
    # Only the end needs a total, and only once all the rest hangs together.
    end = chain.pages.get(goal) if chain.connected >= goal and chain.end is None else None
    if end is not None and not is_current(end) and Ask(goal, size) not in pending:
        yield Ask(goal, size)
