"""Random histories of a watch, killed at any point: nobody is left behind, and nothing is told that was not so."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.watch.histories import History, customer_of

HISTORIES = int(os.environ.get("WATCH_HISTORIES", "1000"))
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where a disk takes no time: no power is cut here, processes are killed."""
IDS = st.sampled_from("abcde")
VERSIONS = st.tuples(st.integers(0, 1), st.integers(0, 1))
STEPS = st.one_of(
    st.tuples(st.just("put"), IDS, VERSIONS),
    st.tuples(st.just("remove"), IDS),
    st.tuples(st.just("broken"), st.lists(IDS, unique=True)),
    st.tuples(st.just("exact"), st.just(frozenset())),
    st.tuples(st.just("complete"), st.frozensets(IDS)),
)
seen: Counter[str] = Counter()
"""What all histories together have met."""


@pytest.mark.long
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(STEPS, max_size=14),
    first=st.dictionaries(IDS, VERSIONS, max_size=5),
    kills=st.lists(st.integers(0, 12), min_size=1, max_size=8),
    acknowledged=st.lists(st.booleans(), max_size=20),
    confirm=st.integers(1, 3),
    number=st.integers(0, 3),
    share=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_whoever_acts_on_the_events_has_the_list(
    steps: list[tuple[str, ...]],
    first: dict[str, tuple[int, int]],
    kills: list[int],
    acknowledged: list[bool],
    confirm: int,
    number: int,
    share: float,
) -> None:
    """Whatever changed, and wherever it was killed, before and after the disk: at the end all is as in the list."""
    countdown = list(kills)

    def kill_at() -> bool:
        if not countdown:
            return False
        countdown[0] -= 1
        if countdown[0] >= 0:
            return False
        countdown.pop(0)
        return True

    answers = iter(acknowledged)
    with TemporaryDirectory(dir=IN_MEMORY) as folder:
        history = History(Path(folder), kill_at, confirm=confirm, number=number, share=share)
        try:
            history.world = {name: customer_of(name, version) for name, version in first.items()}
            for step in steps:
                act(history, step, lambda: next(answers, True))
            countdown.clear()
            # From now on the list is quiet, and a person has allowed what is held.
            history._settings = type(history._settings)(
                every=1.0,
                confirm_removals=confirm,
                initial="emit",
                max_deletes=9,
                max_delete_share=1.0,
                allow_deletes=9,
            )
            for _ in range(confirm):
                history.round("exact", frozenset(), lambda: True)
            assert history.mirror == history.world
            told = history.told
            history.round("exact", frozenset(), lambda: True)
            # All of it is acknowledged: nothing is told twice.
            assert history.told == told
        finally:
            history.close()
    seen.update(kills=history.kills, told=history.told, histories=1)


def act(history: History, step: tuple[object, ...], acknowledged: object) -> None:
    """Take one step of a history."""
    match step:
        case ("put", str(name), (int(), int()) as version):
            history.world[name] = customer_of(name, version)
        case ("remove", str(name)):
            history.world.pop(name, None)
        case ("broken", list(ids)):
            history.live(lambda: history.broken_list(ids))
        case ("exact" | "complete" as verdict, frozenset() as lacking):
            history.live(lambda: history.round(verdict, lacking, acknowledged))  # type: ignore[arg-type]
        case _:
            raise AssertionError(step)


@pytest.mark.long
def test_the_histories_met_what_they_are_for() -> None:
    """They were killed, and told of changes: a property over nothing would hold as well."""
    if not seen:
        pytest.skip("the histories were tried by another process")
    assert seen["kills"] > seen["histories"] // 2
    assert seen["told"] > 2 * seen["histories"]
