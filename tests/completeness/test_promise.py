"""What the proofs promise, for lists that change at random: every row that was there all the time has been seen."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.ledger import Ledger
from tests.completeness.driving import Run, Site

if TYPE_CHECKING:
    from explo_async.plan import Ask
    from tests.completeness.driving import Phase

SEEDS = st.integers(0, 2**32)


@define
class Outcome:
    """A run that has ended, and the rows that were there all the time."""

    run: Run
    doubt: str | None
    stable: set[str]
    changes: int


def fetch(seed: int, *, verified: bool = False) -> Outcome:
    """Read a list under assumptions K, O and B: between two totals that are told changes are all of one kind."""
    draw = Random(seed)
    site = Site([f"r{row}" for row in range(draw.randint(0, 12))])
    stable, kinds, rate = set(site.rows), draw.choice(("i", "d", "id")), draw.choice((0.03, 0.1, 0.3))
    news, most = iter(range(100)), draw.randint(0, 6)
    direction, changes = "", 0

    def change(ask: Ask, phase: Phase) -> None:
        nonlocal direction, changes
        while changes < most and draw.random() < rate:
            kind = draw.choice(kinds)
            if direction not in {"", kind} or not (site.rows or kind == "i"):
                break
            direction, changes = kind, changes + 1
            if kind == "i":
                place = draw.choice((0, len(site.rows), draw.randint(0, len(site.rows))))
                site.rows.insert(place, f"n{next(news)}")
            else:
                row = draw.choice(site.rows)
                site.rows.remove(row)
                stable.discard(row)
        if phase == "count" and (ask.number == 1 or ask.first < len(site.rows)):
            direction = ""

    ledger = Ledger(draw.choice((1, 2, 3)), verified=verified, largest=draw.choice((3, 1000)))
    run = Run(ledger, site, change, at_once=draw.randint(1, 5), draw=draw, hint=draw.choice((1, 1, 4)))
    return Outcome(run, run.go(), stable, changes)


@given(SEEDS)
def test_checked(seed: int) -> None:
    """No stable row is missing from a list that "checked" proves, and none is delivered twice."""
    outcome = fetch(seed)
    run = outcome.run
    assert outcome.doubt or run.seen >= outcome.stable
    assert len(run.fresh) == len(set(run.fresh)) == run.coverage.unique
    assert sorted(run.delivered) == sorted(run.fresh)


@given(SEEDS)
def test_verified(seed: int) -> None:
    """No stable row is missing from a list that "verified" proves."""
    outcome = fetch(seed, verified=True)
    assert outcome.doubt or outcome.run.seen >= outcome.stable


def test_most_lists_are_proved() -> None:
    """A few changes are no reason to give up, and each way to a proof is taken."""
    bases: list[str | None] = []
    for seed in range(300):
        outcome = fetch(seed)
        if outcome.changes:
            bases.append(outcome.run.coverage.findings.basis)
    assert min(bases.count("count"), bases.count("order")) > 40
    assert bases.count(None) < 10
