"""What reached the emulator: one value for each request, and the counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen(kw_only=True)
class Seen:
    """One request as it reached the emulator."""

    page: int | None
    """None when it named something that is no page number."""
    page_size: int
    """As the server applied it."""
    status: int | None
    """None until an answer was begun, and for good when none was."""
    at: float
    """Arrival, on the event loop's clock."""
    attempt: int
    """Which request for this page it was, from 1."""
    path: str
    query: Mapping[str, str]


class RequestLog:
    """Every request in order of arrival, and how many are under way."""

    def __init__(self) -> None:
        self.log: list[Seen] = []
        self.in_flight: int = 0
        self.peak_in_flight: int = 0
        self._attempts: Counter[int | None] = Counter()

    def arrive(self, page: int | None, page_size: int, at: float, path: str, query: Mapping[str, str]) -> Seen:
        """Take down a request that begins; its place in the log is `len(log) - 1`."""
        self._attempts[page] += 1
        seen = Seen(
            page=page,
            page_size=page_size,
            status=None,
            at=at,
            attempt=self._attempts[page],
            path=path,
            query=query,
        )
        self.log.append(seen)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return seen

    def end(self, place: int, status: int | None) -> None:
        """Take down how the request at this place of the log ended."""
        self.log[place] = evolve(self.log[place], status=status)
        self.in_flight -= 1


class Observed:
    """What an emulator lets a test know of the requests."""

    _journal: RequestLog

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
