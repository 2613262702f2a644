"""Which fault happens to which request."""

from __future__ import annotations

import pytest

from explo_async.emulator.faults import Close, Fault, Hang, Randomly, Reset, Status
from explo_async.emulator.request_log import Seen
from explo_async.emulator.script import Script

DOWN, GONE = Status(503), Status(410)


def asking_for(page: int | None, attempt: int) -> Seen:
    return Seen(page=page, page_size=20, status=None, at=0.0, attempt=attempt, path="/", query={})


def _picked(faults: list[Fault | Randomly], asked: list[tuple[int | None, int]], seed: int = 0) -> list[Fault | None]:
    script = Script(faults, seed)
    return [script.pick(asking_for(page, attempt)) for page, attempt in asked]


def test_without_faults_nothing_happens() -> None:
    """An empty script picks nothing."""
    assert _picked([], [(1, 1), (None, 1)]) == [None, None]


def test_page_and_attempt_say_which_request_is_meant() -> None:
    """A fault happens to its page and its attempt; None stands for any, even where no page was asked for."""
    asked: list[tuple[int | None, int]] = [(1, 1), (2, 1), (2, 2), (None, 1)]
    for fault, happens in (
        (Status(503), [True, True, True, True]),
        (Status(503, page=2), [False, True, True, False]),
        (Status(503, attempt=1), [True, True, False, True]),
        (Status(503, page=2, attempt=2), [False, False, True, False]),
    ):
        assert _picked([fault], asked) == [fault if yes else None for yes in happens]


def test_times_bounds_how_often_a_fault_happens() -> None:
    """After so many times the fault is spent."""
    fault = Status(503, times=2)
    assert _picked([fault], [(page, 1) for page in (1, 2, 3, 4)]) == [fault, fault, None, None]


def test_every_spaces_a_fault_out() -> None:
    """Only the n-th of the requests that the fault concerns meets it, each time anew."""
    fault = Status(503, attempt=1, every=2, times=2)
    asked: list[tuple[int | None, int]] = [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)]
    assert _picked([fault], asked) == [None, None, fault, None, fault, None, None]


def test_the_first_fault_that_applies_happens() -> None:
    """One request meets one fault: the first of the script; the others do not count it."""
    first, second = Status(503, page=1), Status(410, times=1)
    assert _picked([first, second], [(1, 1), (2, 1), (3, 1)]) == [first, second, None]


def test_a_share_of_the_requests_is_drawn_from_the_seed() -> None:
    """About the given rate of the requests is met, the same ones for the same seed, in whatever order they come."""
    asked: list[tuple[int | None, int]] = [(page, 1) for page in range(1, 5001)]
    met = _picked([Randomly(DOWN, 0.02)], asked)
    assert 70 <= met.count(DOWN) <= 130
    assert _picked([Randomly(DOWN, 0.02)], asked[::-1])[::-1] == met
    assert _picked([Randomly(DOWN, 0.02)], asked, seed=1) != met


def test_two_random_faults_are_drawn_apart() -> None:
    """Two faults with the same rate do not meet the same requests, and a repeated request is drawn again."""
    asked: list[tuple[int | None, int]] = [(page, attempt) for attempt in (1, 2) for page in range(1, 301)]
    met = _picked([Randomly(DOWN, 0.5), Randomly(GONE, 0.5)], asked)
    assert set(met) == {DOWN, GONE, None}
    assert met[:300] != met[300:]


def test_a_rate_of_0_or_1_is_never_or_always() -> None:
    """The ends of the scale are exact, and the inner fault's own limits still hold."""
    spent = Close(times=1)
    assert _picked([Randomly(DOWN, 0), Randomly(spent, 1), Hang(page=2)], [(1, 1), (2, 1)]) == [spent, Hang(page=2)]


def test_a_fault_that_makes_no_sense_is_refused() -> None:
    """Wrong words and numbers are a ValueError when the fault is made."""
    with pytest.raises(ValueError, match="'when' must be in"):
        Reset("later")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'every' must be >= 1"):
        Close(every=0)
    with pytest.raises(ValueError, match="'rate' must be <= 1"):
        Randomly(Close(), 1.5)
