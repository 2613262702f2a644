"""Reads the list of a round: a checked one, and where somebody is absent from it, an exact one to remove by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable  # noqa: TC003 -- attrs resolves them
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from explo_async.errors import ClientClosed, ConfigurationError, ExploError
from explo_async.models import FetchReport  # noqa: TC001 -- the same

if TYPE_CHECKING:
    from explo_async.engine.listing import Provable
    from explo_async.observer import Observer
    from explo_async.stream import CustomerStream
    from explo_async.watch.state import State
    from explo_async.wire.call import Filters


class Lists(Protocol):
    """What a watch needs of a client."""

    @property
    def filters(self) -> Filters:
        """Which customers the list has."""

    @property
    def digest(self) -> Callable[[bytes], bytes]:
        """Tells the account from others, by a salt."""

    @property
    def observer(self) -> Callable[[], Observer]:
        """Gives who hears of rounds."""

    def open(self, consistency: Provable) -> CustomerStream:
        """Begin to read the list."""


@frozen
class Found:
    """The list of a round."""

    report: FetchReport
    failure: ExploError | None = None
    """Why there is no exact one, though somebody is absent."""


async def read_list(lists: Lists, do: Callable[[Callable[[State], Any]], Awaitable[Any]]) -> Found:
    """Read the list of a round into the state. Raises what ended a checked one.

    A usual round costs what a checked list does. Whoever is known and absent from it is a reason to read an exact one,
    which is then what the round goes by; where that fails the checked one still tells who was added and changed.
    """
    report, absent = await _read(lists, "checked", do)
    if not absent:
        return Found(report)
    try:
        exact, _ = await _read(lists, "exact", do)
    except (ClientClosed, ConfigurationError):
        raise
    except ExploError as failure:
        return Found(report, failure)
    return Found(exact)


async def _read(
    lists: Lists, consistency: Provable, do: Callable[[Callable[[State], Any]], Awaitable[Any]]
) -> tuple[FetchReport, int]:
    """Read a list to its end; return its report, and how many known customers are absent from it."""
    await do(lambda state: state.begin_list())
    async with lists.open(consistency) as stream:
        async for page in stream.records():
            await do(lambda state: state.take_in(page.records))  # noqa: B023 -- done before the next page
    report = stream.report
    assert report is not None  # noqa: S101 -- for the type checker: it has ended
    return report, await do(lambda state: state.end_list())
