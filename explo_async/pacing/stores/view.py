"""A window as the last message showed it: for what is asked between messages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.pacing.window import Window

if TYPE_CHECKING:
    from explo_async.pacing.window_state import State, Terms


class View:
    """The state of a window, and what the clock of its store was at a moment of ours."""

    def __init__(self, state: State, theirs: float, ours: float) -> None:
        self.ours = ours
        self._window = Window(state)
        self._theirs = theirs

    def time_for(self, holder: str, requests: int, terms: Terms, now: float) -> float:
        """Return the seconds that so many further requests take if the others go on as they do."""
        at = self._window.tick(self._theirs + (now - self.ours))
        return self._window.time_for(self._window.join(holder, terms, at), requests, terms, at)
