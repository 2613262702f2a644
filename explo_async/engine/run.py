"""What a run is to those who need not know what its rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from explo_async.errors import ExploError
    from explo_async.models import FetchReport
    from explo_async.pacing.waits import Waiting
    from explo_async.progress import FetchStats


class Stoppable(Protocol):
    """What ends when its client is closed."""

    async def cut_off(self, failure: ExploError) -> None:
        """End with an error from elsewhere."""


class Run(Protocol):
    """A run over the list, whatever its rows are."""

    @property
    def stats(self) -> FetchStats:
        """The counters as they stand."""

    @property
    def waiting(self) -> Waiting | None:
        """What the next request of the run waits for, and for how long; None when none waits."""

    @property
    def total_count(self) -> int | None:
        """The list's size as the latest answer told; None before the first."""

    @property
    def is_decided(self) -> bool:
        """Whether nothing that comes can change the verdict: the end, or that there will be no proof."""

    def report(self) -> FetchReport:
        """Say what the run has shown so far."""

    async def cut_off(self, failure: ExploError) -> None:
        """End the run with an error from elsewhere, and wait until nothing is under way; what came is for the error."""

    async def aclose(self) -> None:
        """End the run and wait until nothing of it is left."""
