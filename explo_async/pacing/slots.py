"""Where the gate gets its slots: what it needs of any place that gives them, and the windows of this process."""

from __future__ import annotations

import asyncio
import threading
import weakref
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

from explo_async.pacing.lease import Lease, Wait
from explo_async.pacing.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.quota import Quota


class Slots(Protocol):
    """A client's part in a window, wherever that is kept. For one event loop."""

    @property
    def paused_for(self) -> float:
        """Seconds until the pause of the last 429 ends; 0.0 when there is none."""
        ...

    async def take(self, waiting: int) -> Lease | Wait:
        """Take a slot for one of so many requests that wait for one, or tell when to ask again."""
        ...

    def withdraw(self) -> None:
        """Note that no request waits any more."""
        ...

    def ended(self, lease: Lease) -> None:
        """Note that the answer to a request has begun, or that it failed."""
        ...

    def give_back(self, lease: Lease) -> None:
        """Take back a lease that nothing was sent for."""
        ...

    def accepted(self, lease: Lease) -> None:
        """Note an answer other than a 429."""
        ...

    def throttled(self, lease: Lease, pause: float) -> None:
        """Note a 429, which closes the window for `pause` seconds."""
        ...

    def time_for(self, requests: int) -> float:
        """Return the seconds that the quota makes `requests` further ones take at least."""
        ...

    def listen(self, changed: Callable[[], object]) -> None:
        """Have `changed` called, in the event loop of `take`, when others free or close something."""
        ...

    async def close(self) -> None:
        """Tell what is still to be told, and let go of what is held open."""
        ...


class ProcessWindow:
    """A window that clients of this process share, across event loops and threads."""

    def __init__(self) -> None:
        self.window: Window = Window()
        # The collector may close a forgotten request, which then ends its lease, while the thread is in here.
        self.lock: threading.RLock = threading.RLock()
        self.waiting: dict[OwnSlots, Callable[[], object]] = {}
        """Who is to be told of a change."""
        self.members: weakref.WeakSet[OwnSlots] = weakref.WeakSet()
        """Whose window it is."""


class OwnSlots:
    """A client's part in a window of this process."""

    def __init__(self, quota: Quota, clock: Callable[[], float], home: ProcessWindow | None = None) -> None:
        """Take the window of `quota`, which is that of `home` where it is shared; `clock` is the window's."""
        self._quota = quota
        self._clock = clock
        self._home = ProcessWindow() if home is None else home
        self._home.members.add(self)
        self._changed: Callable[[], object] = int

    @property
    def paused_for(self) -> float:
        """As `Slots` says."""
        return max(0.0, self._quota.opens_at - self._clock())

    async def take(self, waiting: int) -> Lease | Wait:  # noqa: ARG002 -- each is asked for as its turn comes
        """As `Slots` says."""
        home = self._home
        with home.lock:
            got = self._quota.ask(self._clock())
            if isinstance(got, Lease):
                home.waiting.pop(self, None)
                return got
            if self not in home.waiting:
                home.waiting[self] = partial(asyncio.get_running_loop().call_soon_threadsafe, self._changed)
        return Wait(got)

    def withdraw(self) -> None:
        """As `Slots` says."""
        with self._home.lock:
            self._home.waiting.pop(self, None)
            was_wanted = self._quota.withdraw()
        if was_wanted:
            self._tell()

    def ended(self, lease: Lease) -> None:
        """As `Slots` says."""
        with self._home.lock:
            self._quota.answered(lease, self._clock())
        self._tell()

    def give_back(self, lease: Lease) -> None:
        """As `Slots` says."""
        with self._home.lock:
            self._quota.give_back(lease, self._clock())
        self._tell()

    def accepted(self, lease: Lease) -> None:
        """As `Slots` says."""
        with self._home.lock:
            self._quota.accepted(lease)
        self._tell()

    def throttled(self, lease: Lease, pause: float) -> None:
        """As `Slots` says."""
        with self._home.lock:
            self._quota.throttled(lease, self._clock(), pause)
        self._tell()

    def time_for(self, requests: int) -> float:
        """As `Slots` says."""
        with self._home.lock:
            return self._quota.time_for(requests, self._clock())

    def listen(self, changed: Callable[[], object]) -> None:
        """As `Slots` says."""
        self._changed = changed

    async def close(self) -> None:
        """As `Slots` says."""
        self.withdraw()

    def _tell(self) -> None:
        """Tell the others that wait; each loop hears of it in its own thread."""
        if self._home.waiting:
            with self._home.lock:
                others = [changed for slots, changed in self._home.waiting.items() if slots is not self]
            for changed in others:
                # A loop that was closed waits for nothing.
                with suppress(RuntimeError):
                    changed()
