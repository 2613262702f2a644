"""Drives a ledger as the engine does: answers given by hand, or asked of a list that changes at any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import Factory, define

from explo_async.plan import Ask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
    from random import Random

    from explo_async.completeness.coverage import Coverage
    from explo_async.completeness.doubts import Doubt
    from explo_async.completeness.evidence import Entry

Phase = Literal["count", "rows", "entry"]
"""What a request comes to next: its COUNT, its rows, or that its answer, which has arrived, is entered."""

_SPEEDS = (1.0, 1.0, 0.3, 0.03)
"""How likely a request's next step is chosen: some hang for long."""


class Talk:
    """Answers given by hand, each asked for after the one before it had come unless `sent` says otherwise."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.arrivals = 0

    def tell(
        self,
        page: int | Ask,
        rows: Sequence[Hashable | None],
        total: int,
        *,
        sent: int | None = None,
        oldest: int | None = None,
        has_next: bool | None = None,
        when: tuple[float, float] = (0.0, 0.0),
    ) -> Entry:
        """Enter an answer."""
        sent, arrived = self._arrive(sent)
        return self.coverage.add(
            self._ask(page),
            total=total,
            keys=list(rows),
            sent=sent,
            arrived=arrived,
            oldest=oldest,
            has_next=has_next,
            when=when,
        )

    def tell_together(self, answers: Iterable[tuple[int | Ask, str, int]]) -> list[Entry]:
        """Enter answers of requests that were all sent before the first of them arrived."""
        sent, together = self.arrivals, list(answers)
        last = len(together) - 1
        return [
            self.tell(page, rows, total, sent=sent, oldest=sent if place < last else None)
            for place, (page, rows, total) in enumerate(together)
        ]

    def past_end(self, page: int | Ask, *, sent: int | None = None, oldest: int | None = None) -> None:
        """Enter the answer that there is no such page."""
        sent, arrived = self._arrive(sent)
        self.coverage.past_end(self._ask(page), sent=sent, arrived=arrived, oldest=oldest)

    def wanted(self, swept: int, pending: Collection[Ask] = (), oldest: int | None = None) -> list[Ask]:
        """Ask what the ledger wants."""
        return self.coverage.wanted(pending, swept=swept, oldest=oldest)

    def _ask(self, page: int | Ask) -> Ask:
        return Ask(page, self.coverage.size) if isinstance(page, int) else page

    def _arrive(self, sent: int | None) -> tuple[int, int]:
        arrived = self.arrivals
        self.arrivals += 1
        return arrived if sent is None else sent, arrived


@define
class Site:
    """A list behind Django's paginator: a COUNT first, then rows, which the COUNT cuts off."""

    rows: list[str]
    uncounted: int = 0
    """By how much its total is too small; negative when it is too large."""
    largest: int = 1000
    order: Callable[[Ask, list[str]], list[str]] = lambda _, rows: rows
    """The rows in the order in which a request is answered."""

    def count(self) -> int:
        """Take the COUNT."""
        return len(self.rows) - self.uncounted

    def read(self, ask: Ask, total: int) -> list[str] | None:
        """Read the rows of a page; None past the end."""
        size = min(ask.size, self.largest)
        first = (ask.number - 1) * size
        if first and first >= total:
            return None
        return self.order(ask, self.rows)[first : min(first + size, total)]


@define(eq=False)
class Request:
    """A request under way."""

    ask: Ask
    sent: int
    speed: float
    total: int = 0
    arrived: int = -1
    rows: list[str] | None = None
    phase: Phase = "count"


def _no_change(ask: Ask, phase: Phase) -> None:
    del ask, phase


@define
class Run:
    """The engine's loop without tasks: at most `at_once` requests, each step of which `draw` chooses.

    `change` is called before each step, and may change the site. `swept` is how many pages a former run has, save for
    page 1; `hint` is how many pages are asked for together with page 1, before it tells how many there are.
    """

    coverage: Coverage
    site: Site
    change: Callable[[Ask, Phase], None] = _no_change
    at_once: int = 1
    draw: Random | None = None
    swept: int = 0
    hint: int = 1
    asks: list[Ask] = Factory(list)
    """Everything that was asked for."""
    seen: set[Hashable] = Factory(set)
    fresh: list[str] = Factory(list)
    """What the ledger called fresh, in the order of its coming."""
    delivered: list[str] = Factory(list)
    """What reached a consumer that takes rows in the order of the list."""
    _held: dict[int, tuple[int, list[str]]] = Factory(dict)
    _turn: int = 1
    _arrivals: int = 0
    _under_way: list[Request] = Factory(list)

    def go(self, *, most: int = 1000) -> Doubt | None:
        """Run to the end; return the doubt, None if the list is proved to be complete."""
        for number in range(1, self.hint + 1):
            self._start(Ask(number, self.coverage.size))
        self.swept = max(self.hint, self.swept)
        while self._under_way:
            self._step(self._choose())
            self._pump()
            assert len(self.asks) <= most, "no end in sight"
        assert self.coverage.doubt or self.coverage.closed, "nothing is wanted, and nothing is proved"
        self._deliver(list(self._held))
        return self.coverage.doubt

    def _choose(self) -> Request:
        first = self._under_way[0]
        if self.draw is None:
            return first
        # What comes before page 1 waits for it.
        ready = [each for each in self._under_way if each is first or each.phase != "entry" or self.coverage.totals]
        return self.draw.choices(ready, [each.speed for each in ready])[0]

    def _pump(self) -> None:
        coverage = self.coverage
        if not coverage.totals:
            return
        self._follow()
        for ask in coverage.wanted({each.ask for each in self._under_way}, swept=self.swept, oldest=self._oldest()):
            self._start(ask)
        self._follow()
        while (
            self.swept < coverage.goal
            and (coverage.doubt or coverage.may_sweep(self._oldest()))
            and len(self._under_way) < self.at_once
        ):
            self.swept += 1
            self._start(Ask(self.swept, coverage.sweep_size))

    def _follow(self) -> None:
        if self.coverage.sweep > self._turn:
            self._turn, self.swept = self.coverage.sweep, 0

    def _oldest(self) -> int | None:
        return min((request.sent for request in self._under_way), default=None)

    def _start(self, ask: Ask) -> None:
        self.asks.append(ask)
        self._under_way.append(Request(ask, self._arrivals, self.draw.choice(_SPEEDS) if self.draw else 1.0))

    def _step(self, request: Request) -> None:
        self.change(request.ask, request.phase)
        if request.phase == "count":
            request.total, request.phase = self.site.count(), "rows"
        elif request.phase == "rows":
            request.rows, request.phase = self.site.read(request.ask, request.total), "entry"
            request.arrived = self._arrivals
            self._arrivals += 1
        else:
            self._under_way.remove(request)
            self._enter(request)

    def _enter(self, request: Request) -> None:
        ask, rows, oldest = request.ask, request.rows, self._oldest()
        if rows is None:
            self.coverage.past_end(ask, sent=request.sent, arrived=request.arrived, oldest=oldest)
            return
        entry = self.coverage.add(
            ask, total=request.total, keys=rows, sent=request.sent, arrived=request.arrived, oldest=oldest
        )
        fresh = rows if entry.fresh is None else [rows[position] for position in entry.fresh]
        self.seen.update(rows)
        self.fresh += fresh
        if fresh or not entry.skips:
            self._held[entry.index] = (ask.first, fresh)
        ready = [index for index in self._held if self.coverage.holds(index)]
        if entry.withdraws:
            self._held = {index: self._held[index] for index in ready}
        self._deliver(ready)

    def _deliver(self, indexes: list[int]) -> None:
        for index in sorted(indexes, key=lambda index: self._held[index][0]):
            self.delivered += self._held.pop(index)[1]


def selected(coverage: Coverage, rows: str) -> str:
    """Return which of these rows belong to the list."""
    assert coverage.selection is not None
    return "".join(row for row in rows if coverage.selection.has(row))
