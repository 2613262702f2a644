"""Random histories of a watch, killed at any point: nobody is left behind, and nothing is told that was not so."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve

from tests.watch.histories import History, customer_of

HISTORIES = int(os.environ.get("WATCH_HISTORIES", "1000"))
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where a disk takes no time: no power is cut here, processes are killed."""
IDS = "abcd"
VERSIONS = ((0, 0), (0, 1), (1, 0))
"""Few, so that a customer is often again as it was."""
KILLS = (0.0, 0.03, 0.1)
ACKNOWLEDGED = (0.1, 0.5, 0.9)
STEPS = ["put"] * 9 + ["remove"] * 4 + ["exact"] * 5 + ["complete"] * 3 + ["broken"]


@pytest.mark.long
def test_whoever_acts_on_the_events_has_the_list() -> None:
    """Whatever changed, and wherever it was killed, before and after the disk: at the end all is as in the list."""
    seen: Counter[str] = Counter()
    for number in range(HISTORIES):
        try:
            with TemporaryDirectory(dir=IN_MEMORY) as folder:
                seen += live(Path(folder), Random(number))
        except BaseException as error:
            error.add_note(f"history {number}")
            raise
    # Or it would hold for nothing.
    assert seen["kills"] > HISTORIES
    assert seen["told"] > 5 * HISTORIES
    assert seen["held"] > HISTORIES // 30


def live(folder: Path, chance: Random) -> Counter[str]:
    """Live through one history, and return what was met in it."""
    killed, acknowledged = chance.choice(KILLS), chance.choice(ACKNOWLEDGED)
    confirm = chance.randint(1, 3)
    history = History(
        folder,
        lambda: chance.random() < killed,
        confirm=confirm,
        number=chance.randint(0, 2),
        share=chance.choice([0.0, 0.4, 1.0]),
    )
    try:
        for _ in range(chance.randint(5, 30)):
            step(history, chance, acknowledged)
        killed = 0.0
        # From now on the list is quiet, and a person has allowed what is held.
        history.settings = evolve(history.settings, allow_deletes=len(IDS))
        for _ in range(confirm):
            history.round("exact", frozenset(), lambda: True)
        assert history.mirror == history.world
        told = history.told
        history.round("exact", frozenset(), lambda: True)
        # All of it is acknowledged: nothing is told twice.
        assert history.told == told
    finally:
        history.close()
    return Counter(kills=history.kills, told=history.told, held=history.held)


def step(history: History, chance: Random, acknowledged: float) -> None:
    """Take one step of a history."""
    name = chance.choice(IDS)
    some = [each for each in IDS if chance.random() < 0.4]
    match chance.choice(STEPS):
        case "put":
            history.world[name] = customer_of(name, chance.choice(VERSIONS))
        case "remove":
            history.world.pop(name, None)
        case "broken":
            history.live(lambda: history.broken_list(some))
        case "exact":
            history.live(lambda: history.round("exact", frozenset(), lambda: chance.random() < acknowledged))
        case _:
            history.live(lambda: history.round("complete", frozenset(some), lambda: chance.random() < acknowledged))
