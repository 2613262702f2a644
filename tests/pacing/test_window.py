"""The window that several clients share, on whole seconds of made-up clocks."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.pacing.fairness import GRACE
from explo_async.pacing.window import BACKOFF, RAMP_DONE, RECOVERY, Window
from explo_async.pacing.window_state import State, Terms
from tests.helpers.window_simulation import HOLD, Asking, Fleet, Sending

delays = st.integers(0, HOLD)
sendings = st.builds(
    Sending,
    to_server=st.just(0) | delays,
    to_client=st.just(0) | st.integers(0, 3 * HOLD),
    to_store=st.just(0) | delays,
    transit=st.integers(0, 3),
    outcome=st.sampled_from(["accepted", "accepted", "accepted", "accepted", "throttled", "killed", "returned"]),
    pause=delays,
)
askings = st.builds(
    Asking,
    idle=st.just(0) | st.integers(0, 60),
    client=st.integers(0, 2),
    sendings=st.lists(sendings, max_size=6).map(tuple),
    is_new=st.booleans(),
    step=st.just(0) | st.integers(-20, 20),
)


@st.composite
def fleets(draw: st.DrawFn) -> list[Terms]:
    """Make up three clients with one window, of whose requests some leave a part to others."""
    per, margin = draw(st.integers(1, 40)), draw(st.integers(0, 3))
    return [Terms(draw(st.integers(1, 6)), per, HOLD, margin) for _ in range(3)]


@given(fleets(), st.lists(askings, min_size=1, max_size=40), st.integers(-40, 0))
def test_no_window_of_the_server_is_ever_exceeded(terms: list[Terms], asked: list[Asking], start: int) -> None:
    """Whatever the latencies, deaths, returns, pauses, late news and settings of the store's clock: never."""
    fleet = Fleet(terms)
    fleet.play(asked)
    counted, per = fleet.counted, int(terms[0].per)
    limit = max(each.requests or 0 for each in terms)
    assert all(later - earlier >= per for earlier, later in zip(counted, counted[limit:], strict=False))
    fixed = [(at - start) // per for at in counted]
    assert max(map(fixed.count, fixed), default=0) <= limit


def test_the_simulation_would_notice() -> None:
    """A lease that ends before the server has counted its request lets one too many through."""
    late = Sending(to_server=HOLD, outcome="killed")
    fleet = Fleet([Terms(1, 10, 0, 0)])
    fleet.play([Asking(0, 0, (late,)), Asking(11, 0, (Sending(),), is_new=True), Asking(11, 0, (Sending(),))])
    assert fleet.counted == [11, 22, 30]


@pytest.mark.parametrize(
    "steps",
    [pytest.param((0, 3), id="set forward by the margin"), pytest.param((-20, 20), id="set back, and forward again")],
)
def test_a_clock_that_is_set_lets_nothing_through(steps: tuple[int, int]) -> None:
    """What it gains in between the margin takes, and it never runs back."""
    once = (Sending(to_client=1),)
    fleet = Fleet([Terms(1, 10, HOLD, 3)])
    fleet.play([Asking(30, 0, once), Asking(0, 0, step=steps[0])])
    fleet.play([Asking(1, 0), Asking(0, 0, step=steps[1]), *[Asking(1, 0, once)] * 12])
    assert fleet.counted[0] == 30
    assert fleet.counted[1] >= 40


def take(window: Window, name: str, wants: int, terms: Terms, now: float) -> int:
    """Take what is granted, and answer at once."""
    numbers = send(window, name, wants, terms, now)
    for number in numbers:
        window.settle(window.join(name, terms, now), number, now)
    return len(numbers)


def send(window: Window, name: str, wants: int, terms: Terms, now: float) -> range:
    """Take what is granted, and leave it on its way; returns the numbers."""
    now = window.tick(now)
    holder = window.join(name, terms, now)
    numbers = range(window.take(holder, wants, terms, now))
    for number in numbers:
        window.grant(holder, number, now)
    return numbers


def wait(window: Window, name: str, terms: Terms, now: float) -> float:
    """Return the seconds to wait."""
    now = window.tick(now)
    return window.wait(window.join(name, terms, now), terms, now)


def use_up(limit: int, terms: Terms) -> Window:
    """Have somebody use all slots at 0."""
    window = Window()
    assert take(window, "somebody", limit, terms, 0.0) == limit
    return window


def share_out(window: Window, wants: dict[str, int], terms: Terms, now: float) -> dict[str, int]:
    """Let all that wait come again and again, until nobody gets anything more."""
    got = dict.fromkeys(wants, 0)
    before = None
    while got != before:
        before = dict(got)
        for name, many in wants.items():
            got[name] += take(window, name, many - got[name], terms, now)
    return got


@given(st.integers(1, 40), st.permutations("abcde"), st.integers(1, 5))
def test_each_that_waits_gets_its_part(limit: int, names: list[str], many: int) -> None:
    """Of what is free at once each gets the same, but for the odd ones, whoever comes first; nothing is left over."""
    terms = Terms(limit, 10.0, HOLD)
    window = use_up(limit, terms)
    for name in sorted(names[:many]):
        assert take(window, name, 99, terms, 0.0) == 0
    got = share_out(window, dict.fromkeys(names[:many], 99), terms, 10.0)
    assert set(got.values()) <= {limit // many, -(-limit // many)}
    assert sum(got.values()) == limit


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_what_one_does_not_need_another_gets(limit: int, few: int, many: int) -> None:
    """Nobody waits for slots that no other wants."""
    terms = Terms(limit, 10.0, HOLD)
    window = use_up(limit, terms)
    wants = {"one": few, "other": many}
    for name, wanted in wants.items():
        take(window, name, wanted, terms, 0.0)
    got = share_out(window, wants, terms, 10.0)
    assert sum(got.values()) == min(limit, few + many)
    assert all(got[name] >= min(wants[name], limit // 2) for name in wants)


@pytest.mark.parametrize(("later", "second_gets"), [(0.4, 4), (0.6, 2)])
def test_what_was_granted_long_ago_counts_no_more(later: float, second_gets: int) -> None:
    """Who has just had four slots leaves the next four to the other one; a moment later each gets two of them."""
    terms = Terms(8, 10.0, HOLD)
    window = Window()
    for name, now in (("some", 0.0), ("others", later)):
        assert take(window, name, 4, terms, now) == 4
    assert take(window, "first", 4, terms, 10.0) == 4
    for name in ("first", "second"):
        assert take(window, name, 9, terms, 10.0) == 0
    got = share_out(window, {"first": 9, "second": 9}, terms, 10.0 + later)
    assert got == {"first": 4 - second_gets, "second": second_gets}


def test_a_turn_begins_with_its_first_grant() -> None:
    """Who is served again and again does not carry what it has got from turn to turn."""
    terms = Terms(9, 10.0, HOLD)
    window = Window()
    for now in (0.0, 0.4, 0.6):
        assert take(window, "first", 2, terms, now) == 2
    (first,) = window.state.holders
    assert (first.turn, first.got) == (0.6, 2)


def test_odd_slots_go_to_the_one_served_longest_ago() -> None:
    """Also when another one asks first; who was never served goes before all."""
    terms = Terms(3, 10.0, HOLD)
    window = Window()
    for name, wants, now in (("early", 1, 0.0), ("late", 2, 1.0), ("never", 1, 2.0)):
        send(window, name, wants, terms, now)
    for name, number, now in (("early", 0, 3.0), ("late", 0, 4.0), ("late", 1, 5.0)):
        window.settle(window.join(name, terms, now), number, now)
    for name in ("late", "early", "never"):
        assert take(window, name, 9, terms, 6.0) == 0
    assert [len(send(window, name, 9, terms, 13.0)) for name in ("late", "early", "never")] == [0, 0, 1]
    for name in ("late", "never", "early"):
        assert take(window, name, 9, terms, 13.6) == 0
    assert [len(send(window, name, 9, terms, 14.0)) for name in ("late", "never", "early")] == [0, 0, 1]


def test_who_wants_one_slot_is_served_in_the_next_turn() -> None:
    """However many others want, and however often they ask."""
    terms = Terms(4, 10.0, HOLD)
    window = use_up(4, terms)
    assert take(window, "somebody", 16, terms, 1.0) == 0
    assert take(window, "modest", 1, terms, 2.0) == 0
    assert take(window, "somebody", 16, terms, 10.0) == 3
    assert take(window, "somebody", 16, terms, 10.0) == 0
    assert take(window, "modest", 1, terms, 10.0) == 1


def test_who_does_not_come_back_loses_its_turn() -> None:
    """Its part is kept until shortly after the time that it was told; then the others get it."""
    terms = Terms(1, 10.0, HOLD)
    window = use_up(1, terms)
    assert take(window, "gone", 1, terms, 1.0) == 0
    assert wait(window, "gone", terms, 1.0) == 9.0
    assert take(window, "somebody", 1, terms, 10.0) == 0
    assert wait(window, "somebody", terms, 10.0) == GRACE
    assert take(window, "somebody", 1, terms, 10.0 + GRACE) == 1


def test_a_slot_that_is_another_ones_may_be_had_if_that_one_does_not_come() -> None:
    """Where nothing else is known of, that is the time to come again; where it is not known when, nor is that."""
    terms = Terms(1, 10.0, HOLD)
    window = Window()
    send(window, "first", 1, terms, 0.0)
    for name in ("second", "third"):
        assert take(window, name, 1, terms, 1.0) == 0
        assert wait(window, name, terms, 1.0) == inf
    window.settle(window.join("first", terms, 1.2), 0, 1.2)
    assert wait(window, "third", terms, 1.2) == pytest.approx(10.0)
    assert take(window, "second", 1, terms, 1.2) == 0
    assert wait(window, "third", terms, 1.2) == pytest.approx(10.0 + GRACE)
    assert take(window, "third", 1, terms, 11.2 + GRACE) == 1


def test_nothing_is_kept_for_those_who_were_told_to_come_later() -> None:
    """A slot that is free before the time they were told goes to whoever asks, and does not lie idle until then."""
    terms = Terms(2, 10.0, HOLD)
    window = Window()
    first = window.join("first", terms, 0.0)
    assert send(window, "first", 2, terms, 0.0) == range(2)
    assert window.settle(first, 0, 0.0)
    assert take(window, "sooner", 1, terms, 1.0) == 0
    assert wait(window, "sooner", terms, 1.0) == 9.0
    assert window.give_back(first, 1)
    assert take(window, "sudden", 1, terms, 2.0) == 1


def test_who_is_gone_is_forgotten_when_another_comes() -> None:
    """Not while it holds or wants something: those that come and go leave nothing behind."""
    terms = Terms(1, 10.0, HOLD)
    window = Window()
    assert len(send(window, "holds", 1, terms, 0.0)) == 1
    take(window, "wanted", 1, terms, 0.0)
    take(window, "wants", 1, terms, 1.0)
    window.join("idle", terms, 1.0)
    window.join("new", terms, 1.0)
    assert [each.id for each in window.state.holders] == ["holds", "wants", "new"]


def test_a_slot_of_the_dead_comes_back_at_a_known_time() -> None:
    """While a request may still be on its way nobody can tell; after that its slot is free one window later."""
    terms = Terms(1, 10.0, HOLD, 1.0)
    window = Window()
    send(window, "dead", 1, terms, 0.0)
    assert wait(window, "alive", terms, HOLD - 1.0) == inf
    assert wait(window, "alive", terms, HOLD) == 11.0
    assert window.state.lost == 0
    assert take(window, "alive", 1, terms, HOLD + 11.0) == 1
    assert window.state.lost == 1
    assert not window.settle(window.join("dead", terms, HOLD + 11.0), 0, HOLD + 11.0)


def test_after_a_pause_one_request_of_all_goes_first() -> None:
    """Then one more with each that is accepted, whoever sends it, until there is no slow start any more."""
    terms = Terms(500, 10.0, HOLD)
    window = Window()
    window.throttled(0.0, 5.0, terms, window.tick(0.0))
    assert take(window, "one", 9, terms, 4.0) == 0
    assert wait(window, "one", terms, 4.0) == 1.0
    assert len(send(window, "one", 900, terms, 5.0)) == 1
    assert take(window, "other", 900, terms, 5.0) == 0
    assert wait(window, "other", terms, 5.0) == inf
    window.settle(window.join("one", terms, 5.0), 0, 5.0)
    window.accepted(4.0)
    assert window.state.ramp == 1, "what was on its way before the pause says nothing"
    window.accepted(5.0)
    assert [len(send(window, name, 9, terms, 5.0)) for name in ("one", "other")] == [0, 2]
    for _ in range(RAMP_DONE):
        window.accepted(5.0)
    assert window.state.ramp is None
    window.accepted(5.0)


def test_the_dead_do_not_hold_up_the_slow_start() -> None:
    """A request that nobody can wait for any more is not in flight, though it has its slot."""
    terms = Terms(5, 10.0, HOLD)
    window = Window()
    assert len(send(window, "dead", 2, terms, 0.0)) == 2
    window.throttled(0.0, 1.0, terms, 0.0)
    assert take(window, "alive", 1, terms, HOLD - 1.0) == 0
    assert take(window, "alive", 1, terms, HOLD) == 1


def test_repeated_429s_lower_the_limit_of_all_and_it_recovers() -> None:
    """Those of one volley count as one; the limit comes back bit by bit, with each window without a 429."""
    terms = Terms(100, 10.0, HOLD)
    window = Window()
    for now, granted_at in ((2.0, 0.0), (2.5, 1.0), (13.0, 4.0), (13.0, 5.0)):
        window.throttled(granted_at, 1.0, terms, window.tick(now))
    assert window.slots(terms) == 100 * BACKOFF
    window.tick(24.0 - 0.1)
    assert window.state.share == BACKOFF
    window.tick(24.0)
    assert window.state.share == BACKOFF + RECOVERY
    window.tick(44.0)
    assert window.state.share == pytest.approx(BACKOFF + 3 * RECOVERY)
    window.tick(1000.0)
    assert (window.state.share, window.state.recovers_at) == (1.0, None)


def test_a_limit_never_falls_below_one() -> None:
    """Somebody may always try."""
    assert Window(State(share=0.001)).slots(Terms(5, 10.0)) == 1


def test_a_window_is_shut_for_as_long_as_the_longest_reason() -> None:
    """A shorter reason changes nothing."""
    window = Window()
    terms = Terms(1, 10.0, HOLD)
    window.shut(9.0, "long")
    window.shut(5.0, "short")
    assert take(window, "a", 1, terms, 8.0) == 0
    assert (wait(window, "a", terms, 8.0), window.state.shut_why) == (1.0, "long")
    assert take(window, "a", 1, terms, 9.0) == 1


def test_the_longest_window_counts_for_the_memory_and_ones_own_for_the_count() -> None:
    """Who goes by a shorter window than others is let through by its own, and theirs stays right."""
    short, long = Terms(2, 5.0, HOLD), Terms(2, 10.0, HOLD)
    window = Window()
    assert take(window, "patient", 0, long, 0.0) == 0
    assert take(window, "hasty", 2, short, 0.0) == 2
    assert take(window, "patient", 1, long, 5.0) == 0
    assert take(window, "hasty", 1, short, 5.0) == 1
    assert (window.used(short, 5.0), window.used(long, 5.0)) == (1, 3)


def test_without_a_limit_of_its_own_a_client_waits_for_answers_alone() -> None:
    """It has what the slow start leaves it."""
    free = Terms(None, 0.0, HOLD)
    window = Window()
    assert take(window, "one", 9, free, 0.0) == 9
    window.throttled(0.0, 1.0, free, 0.0)
    assert wait(window, "one", free, 1.0) == 0.0
    assert len(send(window, "one", 9, free, 1.0)) == 1
    assert wait(window, "one", free, 1.0) == inf
    assert window.state.recovers_at is None


@given(st.integers(1, 40), st.integers(0, 3), st.integers(1, 6))
def test_the_time_for_more_counts_what_others_use(requests: int, rivals: int, limit: int) -> None:
    """Each of several that wait has its part of the window, as long as the others go on."""
    terms = Terms(limit, 10.0, HOLD)
    window = use_up(limit, terms)
    for name in "abc"[:rivals]:
        take(window, name, 1, terms, 0.0)
    mine = max(1, limit // (rivals + 1))
    somebody = window.join("somebody", terms, 0.0)
    assert window.time_for(somebody, requests, terms, 0.0) == 10.0 * (1 + (requests - 1) // mine)
    assert window.time_for(somebody, 0, terms, 0.0) == 0.0


def test_a_clock_that_begins_anew_takes_all_it_told_with_it() -> None:
    """The lost slots and the name stay."""
    window = Window(State(epoch="e", lost=3, latest=99.0, opens_at=100.0, settled=[98.0], share=0.5, ramp=2))
    window.forget_clock()
    assert window.state == State(epoch="e", lost=3)
    assert window.tick(1.0) == 1.0
