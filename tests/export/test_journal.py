"""What the journal of an export may say."""

from __future__ import annotations

from typing import get_args

from explo_async.engine.listing import Consistency, Provable


def test_what_can_be_proved() -> None:
    """An export may be proved in every way that a list may; only to prove nothing is not one of them."""
    assert {*get_args(Provable), "off"} == set(get_args(Consistency))
    assert "off" not in get_args(Provable)
