"""The customers' tokens: new ones, and for how long an old one works. Pure: the time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.synthetic import draw_token

if TYPE_CHECKING:
    from explo_async.emulator.behaviour import Behaviour


class CustomerTokens:
    """Gives tokens out, none of them twice."""

    def __init__(self, seed: int, behaviour: Behaviour) -> None:
        self._seed = seed
        self._behaviour = behaviour
        self._drawn = 0
        self._newer: dict[str, tuple[str, float]] = {}
        """For a token that was refreshed the one after it, and until when the old one works."""

    def draw(self, provided_id: str) -> str:
        """Return a new token for a customer."""
        self._drawn += 1
        return draw_token(self._seed, provided_id, self._drawn)

    def retire(self, old: str, new: str, at: float) -> None:
        """Take down that a token was refreshed."""
        if self._behaviour.old_token == "grace":  # noqa: S105 - a setting
            self._newer[old] = (new, at + self._behaviour.grace)

    def find_newest(self, token: str, at: float) -> str:
        """Return the token that counts for this one: itself, or a newer one while it still works."""
        while token in self._newer and at < self._newer[token][1]:
            token = self._newer[token][0]
        return token
