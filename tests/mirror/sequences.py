"""A random life of a mirror: the list changes, runs come and are killed, and a model says what has to be there."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploError, MirrorError, RemovalsHeld
from explo_async.mirror import mirror
from tests.mirror.bases import as_moment, current, held_at, is_there, runs, served_by
from tests.mirror.worker import HELD, PROCESSES, make_client, work

if TYPE_CHECKING:
    from random import Random

    from explo_async.emulator import Emulator
    from tests.mirror.bases import Base, State

PAGE_SIZE = 10
TICK = timedelta(microseconds=1)
HALF = timedelta(seconds=0.5)


class Life:
    """One mirror, from its first run."""

    def __init__(self, base: Base, emulator: Emulator, chance: Random, table: str) -> None:
        self.base, self.emulator, self.chance, self.table = base, emulator, chance, table
        self.explo = make_client(emulator.url, emulator.token)
        self.states: list[State] = []
        """What the table was after each run that counted."""
        self.history = chance.random() < 0.7
        self.with_tokens = False
        self.counts = dict.fromkeys(("runs", "held", "failed", "kills", "kills while writing", "cancelled"), 0)

    @property
    def last(self) -> State:
        """What has to be in the table."""
        return self.states[-1] if self.states else {}

    @property
    def options(self) -> dict[str, Any]:
        """Those of a run."""
        self.with_tokens ^= self.chance.random() < 0.1
        # Once there is one it goes on; a run that failed has begun none.
        self.history |= self.chance.random() < 0.1
        return {
            "table": self.table,
            "history": self.history,
            "with_tokens": self.with_tokens,
            "page_size": PAGE_SIZE,
            "allow_deletes": self.chance.choice((None, None, 100)),
        }

    async def live(self, steps: int) -> None:
        """Take so many steps, and look at the whole history at the end."""
        kinds = (
            self.run,
            self.run,
            self.run_checked,
            self.run_changing,
            self.run_two,
            self.kill,
            self.kill,
            self.cancel,
        )
        async with self.explo:
            for _ in range(steps):
                self.edit()
                await self.chance.choice(kinds)()
            await self.run()
        await self.check_history()

    def edit(self, *, comes_back: bool = True) -> None:
        """Change a few customers, now and then a third of them, or nobody; it may be that somebody comes back."""
        emulator, chance = self.emulator, self.chance
        times = chance.choice((0, 1, 2, 3, len(emulator.provided_ids) // 3))
        only = chance.choice((None, None, "delete"))
        for _ in range(times):
            ids = emulator.provided_ids
            match only or chance.choice(("add", "change", "token", "delete")):
                case "change" if ids:
                    emulator.change(chance.choice(ids), name=str(chance.random()), properties={"n": chance.random()})
                case "token" if ids:
                    emulator.change(chance.choice(ids), token=str(chance.random()))
                case "delete" if len(ids) > 1:
                    emulator.delete(chance.choice(ids))
                case _:
                    gone = sorted({each for state in self.states for each in state} - set(ids)) if comes_back else []
                    emulator.add({"provided_id": chance.choice(gone)} if gone and chance.random() < 0.5 else None)

    async def run(self) -> None:
        """Mirror the list as it is; whether it is held back is known before."""
        options = self.options
        served = served_by(self.emulator)
        absent, of = len(self.last.keys() - served.keys()), len(self.last)
        is_held = options["allow_deletes"] is None and absent > 10 and absent > 0.05 * of
        if is_held:
            with pytest.raises(RemovalsHeld) as held:
                await mirror(self.explo, self.base.url, **options)
            assert (held.value.removals, held.value.of) == (absent, of)
            self.counts["held"] += 1
            await self.check()
            return
        done = await mirror(self.explo, self.base.url, **options)
        assert done.removed == absent
        assert done.created == len(served.keys() - self.last.keys())
        assert done.changed == sum(served[each] != self.last[each] for each in served.keys() & self.last.keys())
        assert await self.check(served)

    async def run_checked(self) -> None:
        """Mirror a list that is complete, and not exact: who is absent stays."""
        served = served_by(self.emulator)
        await mirror(self.explo, self.base.url, **self.options, consistency="checked")
        assert await self.check(self.last | served)

    async def run_changing(self) -> None:
        """Mirror while the list changes with each request: everybody of one moment, or an error.

        A customer is as when its page was read, which may be another moment.
        """
        states, left = [served_by(self.emulator)], [self.chance.randrange(1, 12)]

        def edit(_: object) -> None:
            if left[0]:
                left[0] -= 1
                # An exact list relies on nobody being deleted and created again while it is read.
                self.edit(comes_back=False)
                states.append(served_by(self.emulator))

        self.emulator.on_rows = edit
        try:
            await mirror(self.explo, self.base.url, **self.options)
        except ExploError:
            self.counts["failed"] += 1
            assert not await self.check()
        else:
            found = await current(self.base, self.table)
            assert found.keys() in [state.keys() for state in states]
            assert all(row in [state.get(each) for state in states] for each, row in found.items())
            assert await self.check(found)
        finally:
            self.emulator.on_rows = None

    async def run_two(self) -> None:
        """Mirror twice at once: the list is there once, whoever was first."""
        served, options = served_by(self.emulator), self.options
        both = (mirror(self.explo, self.base.url, **options) for _ in range(2))
        done = await asyncio.gather(*both, return_exceptions=True)
        assert not [each for each in done if isinstance(each, BaseException) and not isinstance(each, ExploError)]
        assert all(isinstance(each, RemovalsHeld) for each in done) or any(
            not isinstance(each, MirrorError) for each in done
        )
        while await self.check(served):
            pass

    async def cancel(self) -> None:
        """Cancel a run at a random moment."""
        served = served_by(self.emulator)
        task = asyncio.create_task(mirror(self.explo, self.base.url, **self.options))
        await asyncio.wait({task}, timeout=self.chance.uniform(0.0, 0.15))
        task.cancel()
        with suppress(asyncio.CancelledError, RemovalsHeld):
            await task
        self.counts["cancelled"] += task.cancelled()
        await self.check(served)

    async def kill(self) -> None:
        """Kill a run at a random moment, more often while it writes."""
        served = served_by(self.emulator)
        ours, told = PROCESSES.Pipe(duplex=False)
        words = (told, self.emulator.url, self.emulator.token, self.base.url, self.options)
        process = PROCESSES.Process(target=work, args=words)
        process.start()
        told.close()
        if is_late := self.chance.random() < 0.7:
            # To its end where nothing is written.
            with suppress(EOFError):
                await asyncio.to_thread(ours.recv)
        await asyncio.to_thread(process.join, self.chance.uniform(0.0, 0.04 if is_late else 0.3))
        process.kill()
        await asyncio.to_thread(process.join)
        assert process.exitcode in {0, HELD, -signal.SIGKILL}
        if process.exitcode == -signal.SIGKILL:
            self.counts["kills"] += 1
            self.counts["kills while writing"] += is_late
        ours.close()
        await self.check(served)

    async def check(self, *possible: State) -> bool:
        """Compare the table with the model, and tell whether a run has come to count: one of these lists then."""
        known = len(self.states)
        numbers = await runs(self.base, table=self.table) if await is_there(self.base, f"{self.table}_runs") else []
        found = await current(self.base, self.table) if numbers else {}
        assert [number for (number,) in numbers[: known + 1]] == list(range(1, min(len(numbers), known + 1) + 1))
        if len(numbers) == known:
            assert found == self.last
            return False
        assert found in possible
        self.states.append(found)
        self.counts["runs"] += 1
        return True

    async def check_history(self) -> None:
        """Ask what was true at each moment that makes a difference."""
        if not self.history:
            return
        rows = await runs(self.base, "valid_from", "with_history", table=self.table)
        moments = [as_moment(moment) for moment, _ in rows]
        assert moments == sorted(set(moments))
        begun = next((number for number, (_, has_begun) in enumerate(rows) if has_begun), None)
        if begun is None:
            # Each run that was to begin it was held back.
            assert not await is_there(self.base, f"{self.table}_history")
            return
        assert await held_at(self.base, moments[begun] - TICK, self.table) == {}
        for number in range(begun, len(moments)):
            at, until = moments[number], moments[number + 1] if number + 1 < len(moments) else moments[number] + HALF
            for moment in (at, at + (until - at) / 2, until - TICK):
                assert await held_at(self.base, moment, self.table) == self.states[number], number
        twice = f"select provided_id from {self.table}_history where valid_to is null group by 1 having count(*) > 1"
        assert await self.base.rows(twice) == []
