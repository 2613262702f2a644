"""Still pictures: which answers show rows of one and the same list. Pure.

The server takes its COUNT first and its rows a moment later, and nobody outside knows when: only that both lie
between sending and arrival. So an answer's own total says nothing about its own rows. Take a set of answers that all
tell the total N, and a later answer, the closing one, that tells N too and was sent after all of them had arrived;
and let no answer of another total possibly have its COUNT between the earliest COUNT of the set and the closing
one's. Then every COUNT in that span told N, so (assumption B) nothing was inserted or deleted in it. The rows of the
set were read within the span, since each COUNT comes before its own rows, and the rows came before the closing
request was sent. So they are rows of one list, of N rows.

"Possibly" is what makes it a proof: an answer of another total that was under way together with some of the set may
have been counted before, between or after them. Such a request voids whatever it overlaps, and so does one that is
still under way: an answer is sealed, for good, only once all that was sent before its closing one arrived has come.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@define(eq=False)
class Stretch:
    """Answers of one total, from the moment on at which no request of another one was under way any more.

    `until` is the moment at which the first request was sent that told another total afterwards.
    """

    picture: int
    total: int
    since: int
    until: float = inf
    _closing: float = -1
    """The latest moment at which one of its answers was sent that certainly closes others."""
    _arrived: deque[tuple[int, int]] = field(factory=deque)
    _unsealed: deque[tuple[int, int]] = field(factory=deque)

    def add(self, index: int, sent: int, arrived: int) -> None:
        """Take in an answer that was sent since the stretch began."""
        self._arrived.append((arrived, sent))
        self._unsealed.append((arrived, index))

    def seal(self, limit: float) -> Iterator[int]:
        """Give the answers that are certain now: nothing that was sent before `limit` can tell another total."""
        limit = min(limit, self.until)
        while self._arrived and self._arrived[0][0] < limit:
            self._closing = max(self._closing, self._arrived.popleft()[1])
        while self._unsealed and self._unsealed[0][0] < self._closing:
            yield self._unsealed.popleft()[1]


class StillPictures:
    """Tells of each answer to which picture it belongs, once that is certain.

    Moments are counted in answers that had arrived: a request whose `sent` is above another's `arrived` went out after
    that one's answer had come.
    """

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._begun = 0
        self._arrivals = 0

    @property
    def current(self) -> Stretch | None:
        """The stretch that goes on, if no other total has been told since it began."""
        last = self._stretches[-1] if self._stretches else None
        return last if last and last.until == inf else None

    def note(self, index: int, total: int, *, sent: int, arrived: int, oldest: int | None) -> Iterator[tuple[int, int]]:
        """Enter a total; give the answers that are sealed by it, each with its picture.

        `oldest` is the moment at which the oldest request was sent that is not entered yet, None without any.
        """
        self._cut(sent, lambda other: other != total)
        current = self.current
        if current is None:
            self._begun += 1
            current = Stretch(self._begun, total, since=self._arrivals)
            self._stretches.append(current)
        self._arrivals = max(self._arrivals, arrived + 1)
        if sent >= current.since:
            current.add(index, sent, arrived)
        return self._seal(oldest)

    def note_past_end(self, most: int, *, sent: int, arrived: int, oldest: int | None) -> Iterator[tuple[int, int]]:
        """Enter the answer that there is no such page: the total is at most `most`, and no more is known of it."""
        self._cut(sent, lambda other: other > most)
        self._arrivals = max(self._arrivals, arrived + 1)
        return self._seal(oldest)

    def is_clear(self, oldest: int | None) -> bool:
        """Tell whether no request is under way that could void what is sent from now on."""
        current = self.current
        since = current.since if current else inf
        return oldest is None or oldest >= since

    def _cut(self, sent: int, contradicts: Callable[[int], bool]) -> None:
        for stretch in self._stretches:
            if contradicts(stretch.total):
                stretch.until = min(stretch.until, sent)

    def _seal(self, oldest: int | None) -> Iterator[tuple[int, int]]:
        limit = inf if oldest is None else oldest
        for stretch in self._stretches:
            for index in stretch.seal(limit):
                yield index, stretch.picture
        # What was cut is done with when all that was sent before the cut has come.
        self._stretches = [stretch for stretch in self._stretches if stretch.until == inf or stretch.until > limit]
