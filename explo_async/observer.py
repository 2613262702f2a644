"""`Observer`: hears what a client does, at the moment when it does it, for metrics."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.models import Verdict

logger: logging.Logger = logging.getLogger("explo_async")

Follower: TypeAlias = Literal["watch", "mirror"]
"""What goes over the list again and again."""
Outcome: TypeAlias = Literal["synced", "skipped"]
"""Whether a round had a list that was proved."""


class Observer:
    """Hears what a client does: override what you want to hear of, and give it to `ExploClient(observer=...)`.

    Its methods are called in the event loop, once for each thing that happens, and must not wait. What they raise is
    logged and changes nothing.
    """

    def request_sent(self) -> None:
        """Hear that a request went out, a repeat or not."""

    def retried(self) -> None:
        """Hear that a request failed and will be sent again."""

    def throttled(self) -> None:
        """Hear of an answer of 429."""

    def waited(self, seconds: float) -> None:
        """Hear that the requests of a call have waited for the quota, a pause or a store; together, not each."""

    def list_ended(self, verdict: Verdict, customers: int, error: str | None) -> None:
        """Hear that a list has ended, with so many customers read; `error` is the name of what ended it too soon."""

    def round_ended(self, follower: Follower, outcome: Outcome, customers: int, held: int) -> None:
        """Hear that a round has ended: how many customers its list had, and how many removals it holds back.

        Both are 0 where it was skipped.
        """


class Guarded(Observer):
    """Keeps what an observer raises away from what it hears of."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def request_sent(self) -> None:
        """Pass it on."""
        with _logged():
            self._observer.request_sent()

    def retried(self) -> None:
        """Pass it on."""
        with _logged():
            self._observer.retried()

    def throttled(self) -> None:
        """Pass it on."""
        with _logged():
            self._observer.throttled()

    def waited(self, seconds: float) -> None:
        """Pass it on."""
        with _logged():
            self._observer.waited(seconds)

    def list_ended(self, verdict: Verdict, customers: int, error: str | None) -> None:
        """Pass it on."""
        with _logged():
            self._observer.list_ended(verdict, customers, error)

    def round_ended(self, follower: Follower, outcome: Outcome, customers: int, held: int) -> None:
        """Pass it on."""
        with _logged():
            self._observer.round_ended(follower, outcome, customers, held)


NOBODY = Observer()
"""Hears nothing."""


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except Exception:
        logger.exception("the observer of a client has failed")
