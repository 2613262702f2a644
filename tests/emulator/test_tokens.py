"""For how long a customer's old token works."""

from __future__ import annotations

from explo_async.emulator import Behaviour
from explo_async.emulator.tokens import CustomerTokens


def test_an_old_token_is_dead_at_once() -> None:
    """It stands for itself, which nobody has."""
    tokens = CustomerTokens(0, Behaviour())
    tokens.retire("old", "new", 0.0)
    assert tokens.find_newest("old", 0.0) == "old"


def test_an_old_token_works_for_its_grace() -> None:
    """It stands for the newest one, for as long as each on the way there works."""
    tokens = CustomerTokens(0, Behaviour(old_token="grace", grace=10.0))
    tokens.retire("first", "second", 0.0)
    tokens.retire("second", "third", 5.0)
    found = {at: tokens.find_newest("first", at) for at in (0.0, 9.0, 10.0)}
    assert found == {0.0: "third", 9.0: "third", 10.0: "first"}
    assert [tokens.find_newest("second", at) for at in (14.0, 15.0)] == ["third", "second"]


def test_each_token_is_new() -> None:
    """Also for one customer, and the same ones come for the same seed."""
    tokens, again = CustomerTokens(0, Behaviour()), CustomerTokens(0, Behaviour())
    drawn = [tokens.draw("a") for _ in range(100)]
    assert len(set(drawn)) == 100
    assert [again.draw("a") for _ in range(100)] == drawn
