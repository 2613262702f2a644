"""How a watch goes about: how often, what confirms a removal, how many are allowed. Values only. Pure."""

from __future__ import annotations

from typing import Literal, get_args

from attrs import frozen

from explo_async.checks import check_choice, check_count, check_seconds
from explo_async.errors import ConfigurationError
from explo_async.removals import Limits, check_ceiling, deletes_within

Initial = Literal["emit", "skip"]
SHORTEST = 0.1
"""Seconds between two rounds; what a service sets is minutes."""
JITTER = 0.1
"""Part of a period by which rounds are spread, or many watchers that began together would go on together."""


@frozen(kw_only=True)
class Settings:
    """How a watch goes about."""

    every: float
    confirm_removals: int
    initial: Initial
    max_deletes: int
    max_delete_share: float
    allow_deletes: int | None

    def __attrs_post_init__(self) -> None:
        check_seconds("every", self.every)
        if self.every < SHORTEST:
            msg = f"every must be at least {SHORTEST} seconds, not {self.every!r}"
            raise ConfigurationError(msg, advice="a round costs a request for each thousand customers")
        check_count("confirm_removals", self.confirm_removals)
        check_choice("initial", self.initial, get_args(Initial))
        check_ceiling("allow_deletes", self.allow_deletes)
        deletes_within(self.max_deletes, self.max_delete_share)

    @property
    def limits(self) -> Limits:
        """How many removals are told without being asked."""
        return deletes_within(self.max_deletes, self.max_delete_share)

    def next_round(self, begun: float, draw: float) -> float:
        """Return when the round after one that was begun then is due; `draw` is a number in [0, 1)."""
        return begun + self.every * (1 + JITTER * (2 * draw - 1))
