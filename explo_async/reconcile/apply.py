"""Applies a plan: item by item, journalled, each once, and only where what was planned for is still so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Self

from attrs import evolve

from explo_async.errors import ConfigurationError, HasChildren
from explo_async.reconcile.admission import check_account, check_limits, choose_plan
from explo_async.reconcile.audit import Audit
from explo_async.reconcile.items import Applied
from explo_async.reconcile.journal import Begun, Ended, Finished, Heading, Journal, read_journal
from explo_async.reconcile.judge import Verdict, judge
from explo_async.reconcile.make import find
from explo_async.reconcile.order import stages
from explo_async.reconcile.parents import parents_in
from explo_async.reconcile.plan import Plan
from explo_async.reconcile.spent import check_unspent, mark_spent
from explo_async.reconcile.writes import write
from explo_async.removals import check_ceiling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from explo_async.client import ExploClient
    from explo_async.reconcile.found import Found
    from explo_async.reconcile.items import Item
    from explo_async.reconcile.journal import History


class ApplyRun:
    """An apply under way: iterate it, in an `async with` block, until it ends; items come as they end."""

    def __init__(
        self,
        explo: ExploClient,
        plan: Plan | None,
        *,
        journal: Path,
        allow_deletes: int | None,
        resume: bool,
        audit: Path | None,
        profile: str | None,
        plan_path: Path | None,
    ) -> None:
        self.total: int = 0
        """Items of the plan."""
        self.ended: int = 0
        """Items that have ended, those of earlier runs too."""
        self.seconds_left: float = 0.0
        """About how many seconds the rest takes by the quota, of a tenth of a second ago; may be read in any thread."""
        self._explo = explo
        self._plan = plan
        self._plan_path = plan_path
        self._path = journal
        self._allow_deletes = allow_deletes
        self._resume = resume
        self._audit = Audit(audit) if audit is not None else None
        self._profile = profile
        self._results: asyncio.Queue[Applied | BaseException | None] = asyncio.Queue(1)
        self._journal: Journal | None = None
        self._task: asyncio.Task[None] | None = None
        self._estimate_at = 0.0

    async def __aenter__(self) -> Self:
        history = await asyncio.to_thread(read_journal, self._path) if self._resume else None
        plan = choose_plan(self._plan, history, self._path)
        self._check(plan, history)
        written = plan.written
        found = await find(self._explo, parents_in(written.values(), plan.scope), delete=bool(plan.deletes))
        found = evolve(found, planned=written)
        if self._audit is not None:
            await asyncio.to_thread(self._audit.open, plan.digest)
        try:
            self._journal = await asyncio.to_thread(self._open_journal, plan, history)
        except BaseException:
            if self._audit is not None:
                self._audit.close()
            raise
        self.total = len(plan.items)
        self.ended = len(history.ended) if history is not None else 0
        self._estimate()
        self._task = asyncio.create_task(self._go(plan, found, history))
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._task is not None  # noqa: S101 -- begun with the block
        assert self._journal is not None  # noqa: S101 -- the same
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._journal.close()
        if self._audit is not None:
            self._audit.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Applied:
        if self._task is None:
            msg = "the apply is not begun: use `async with apply(...) as run`"
            raise ConfigurationError(msg)
        result = await self._results.get()
        if isinstance(result, Applied):
            self.ended += 1
            self._estimate()
            return result
        # Whoever asks once more gets the same.
        self._results.put_nowait(result)
        if result is None:
            raise StopAsyncIteration
        raise result

    def _estimate(self) -> None:
        """Tell anew how long the rest takes; not with each item, as that looks at all requests of a window."""
        now = asyncio.get_running_loop().time()
        if now >= self._estimate_at or self.ended == self.total:
            self.seconds_left = self._explo.time_for(self.total - self.ended)
            self._estimate_at = now + 0.1

    def _open_journal(self, plan: Plan, history: History | None) -> Journal:
        if history is not None:
            return Journal.go_on(self._path, history)
        if self._resume:
            # It was killed before its first line was whole: nothing was sent.
            self._path.unlink()
        heading = Heading(digest=plan.digest, plan=plan, allow_deletes=self._allow_deletes)

        def mark() -> None:
            if self._plan_path is not None:
                mark_spent(self._plan_path, plan.digest, self._path)

        return Journal.begin(self._path, heading, mark)

    def _check(self, plan: Plan, history: History | None) -> None:
        """Refuse what must not be applied here and now."""
        account = self._explo.account_digest(bytes.fromhex(plan.salt)).hex()
        check_account(plan, origin=self._explo.origin, account=account, profile=self._profile)
        if history is not None:
            return
        if self._plan_path is not None:
            check_unspent(self._plan_path, plan.digest, self._path if self._resume else None)
        check_limits(plan, now=time(), allow_deletes=self._allow_deletes)

    async def _go(self, plan: Plan, found: Found, history: History | None) -> None:
        end: BaseException | None = None
        try:
            for stage in stages(plan):
                todo = [item for item in stage if history is None or (item.kind, item.provided_id) not in history.ended]
                while todo:
                    waiting = await self._do_stage(todo, plan, found, history)
                    if len(waiting) == len(todo):
                        # None of them could be deleted: somebody else's customers are their children.
                        for item, why in waiting:
                            await self._end(item, Verdict("failed", why))
                        break
                    todo = [item for item, _ in waiting]
            await self._note(Finished())
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 -- raised to whoever iterates
            # Of several items that fail alike the first one tells.
            end = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
        await self._results.put(end)

    async def _do_stage(
        self, items: list[Item], plan: Plan, found: Found, history: History | None
    ) -> list[tuple[Item, str]]:
        """Write items side by side; return those that have to wait for others, and why."""
        queue: Iterator[Item] = iter(items)
        waiting: list[tuple[Item, str]] = []

        async def work() -> None:
            for item in queue:
                try:
                    await self._do(item, plan, found, history)
                except HasChildren as error:
                    waiting.append((item, error.what))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(items), self._explo.max_concurrency)):
                group.create_task(work())
        return waiting

    async def _do(self, item: Item, plan: Plan, found: Found, history: History | None) -> None:
        verdict = judge(item, found, plan)
        if verdict is not None and history is not None and (item.kind, item.provided_id) in history.begun:
            # The run that was killed had sent it.
            verdict = Verdict("done") if verdict.outcome == "already" else verdict
        if verdict is None:
            await self._note(Begun(item.kind, item.provided_id))
            verdict = await write(self._explo, item, found)
        await self._end(item, verdict)

    async def _end(self, item: Item, verdict: Verdict) -> None:
        await self._note(Ended(item.kind, item.provided_id, verdict.outcome, verdict.detail))
        if self._audit is not None:
            self._audit.note(item, verdict)
        await self._results.put(
            Applied(kind=item.kind, provided_id=item.provided_id, outcome=verdict.outcome, detail=verdict.detail)
        )

    async def _note(self, line: Begun | Ended | Finished) -> None:
        assert self._journal is not None  # noqa: S101 -- begun with the task
        await self._journal.write(line)


def apply(
    explo: ExploClient,
    plan: Plan | Path | str | None,
    *,
    journal: Path | str,
    allow_deletes: int | None = None,
    resume: bool = False,
    audit: Path | str | None = None,
    profile: str | None = None,
) -> ApplyRun:
    """Return the run of a plan, given as such or as its file: `async with` it, and iterate it by `async for`.

    `journal` is a new file that says what was done; with `resume` it is that of a run which broke off, and goes on
    where that ended (the plan may be None then). `allow_deletes` is the number of deletes that a person has approved.
    `audit` is a file of JSON Lines to which each item is added, with what was and what is.

    Before the first write a new list is read and proved. An item whose customer is not as it was planned for is left
    alone. Raises `PlanRefused` and `PlanStale` before anything is written, and what the list raises; an error that
    concerns all items ends the run, and leaves a journal that can be resumed.
    """
    check_ceiling("allow_deletes", allow_deletes)
    path = Path(plan) if isinstance(plan, Path | str) else None
    if plan is None and not resume:
        msg = "apply needs a plan, or resume=True"
        raise ConfigurationError(msg)
    read = Plan.read(path) if path is not None else plan
    assert read is None or isinstance(read, Plan)  # noqa: S101 -- for the type checker
    return ApplyRun(
        explo,
        read,
        journal=Path(journal),
        allow_deletes=allow_deletes,
        resume=resume,
        audit=Path(audit) if audit is not None else None,
        profile=profile,
        plan_path=path,
    )
