"""What reached the emulator: one value for each request, and the counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from explo_async.emulator.refusals import LIST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from explo_async.emulator.writes import Write, WriteLog


@frozen(kw_only=True)
class Seen:
    """One request as it reached the emulator."""

    page: int | None
    """None when it named something that is no page number, or asked for no list."""
    page_size: int
    """As the server applied it; 0 where no list was asked for."""
    status: int | None
    """None until an answer was begun, and for good when none was."""
    at: float
    """Arrival, on the event loop's clock."""
    attempt: int
    """Which request for this page it was, from 1; beside the list, with this verb about this customer."""
    path: str
    query: Mapping[str, str]
    method: str = "GET"
    verb: str | None = "list_customers"
    """"list_customers", or the last part of another endpoint's path; None for a path that leads nowhere."""
    writes: bool = False
    """Whether it was for an endpoint that may change something; what was really done is in `Emulator.writes`."""
    provided_id: str | None = None
    """The customer that it was about, also where it named it by its token; the list is about none."""


class RequestLog:
    """Every request in order of arrival, and how many are under way."""

    def __init__(self) -> None:
        self.log: list[Seen] = []
        self.in_flight: int = 0
        self.peak_in_flight: int = 0
        self._attempts: Counter[tuple[str | None, int | str | None]] = Counter()

    def arrive(self, seen: Seen) -> Seen:
        """Take down a request that begins, and which attempt it is; its place in the log is `len(log) - 1`."""
        listed = seen.verb in {None, LIST.verb}
        about = (None, seen.page) if listed else (seen.verb, seen.provided_id)
        self._attempts[about] += 1
        seen = evolve(seen, attempt=self._attempts[about])
        self.log.append(seen)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return seen

    def end(self, place: int, status: int | None) -> Seen:
        """Take down how the request at this place of the log ended, and return it."""
        self.log[place] = ended = evolve(self.log[place], status=status)
        self.in_flight -= 1
        return ended


class Observed:
    """What an emulator lets a test know of the requests, and of what they did."""

    _journal: RequestLog
    _writes: WriteLog

    @property
    def writes(self) -> tuple[Write, ...]:
        """The writes that were really done, in that order."""
        return tuple(self._writes.log)

    @property
    def on_write(self) -> Callable[[Write], object] | None:
        """Called when a write was done, and before anything is answered."""
        return self._writes.on_write

    @on_write.setter
    def on_write(self, call: Callable[[Write], object] | None) -> None:
        self._writes.on_write = call

    @property
    def log(self) -> list[Seen]:
        """Every request that arrived, in that order."""
        return self._journal.log

    @property
    def requests(self) -> int:
        """How many requests arrived."""
        return len(self._journal.log)

    @property
    def pages(self) -> list[int]:
        """The page numbers asked for, in order of arrival."""
        return [seen.page for seen in self._journal.log if seen.page is not None]

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""
        return self._journal.in_flight

    @property
    def peak_in_flight(self) -> int:
        """How many requests were under way at most at one time."""
        return self._journal.peak_in_flight
