"""The emulator in a thread with an event loop of its own: for plain code, and under any async framework."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from explo_async.emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


class EmulatorThread(Emulator):
    """An `Emulator` for a plain `with`: a thread serves while the block runs; it cannot be entered again.

    What fails at the start, such as a port that is taken, is raised in the caller. Each thread may change the list:
    no query sees half of a change, and the call returns when it is done. The hooks
    (`on_request` and so on) are called in the serving thread.
    """

    _loop: asyncio.AbstractEventLoop | None = None
    """The serving one; None while nothing is served."""

    def __enter__(self) -> Self:
        self._started, self._left = Future[None](), Future[None]()
        # A daemon: a block that is never left must not keep the interpreter from ending.
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="explo-emulator", daemon=True)
        self._thread.start()
        try:
            self._started.result()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    @property
    def provided_ids(self) -> tuple[str, ...]:
        """The ids of all customers in listing order, none of them twice while the list changes."""
        return self._between_queries(lambda: self._book.provided_ids)

    def add(self, record: Mapping[str, Any] | None = None, index: int | None = None) -> dict[str, Any]:
        """Put a record, or a fresh synthetic customer, before `index` (default: at the end) and return it."""
        return self._between_queries(super().add, record, index)

    def change(self, provided_id: str, **fields: Any) -> dict[str, Any]:
        """Give a customer's record other values (snake_case) and return it; KeyError when it is not there."""
        return self._between_queries(super().change, provided_id, **fields)

    def delete(self, provided_id: str) -> None:
        """Take a customer out; KeyError when it is not there."""
        self._between_queries(super().delete, provided_id)

    def delete_at(self, index: int) -> None:
        """Take the customer at this position out; IndexError when there is none."""
        self._between_queries(super().delete_at, index)

    def customer(self, provided_id: str) -> dict[str, Any]:
        """Return a customer as answers show it; KeyError when it is not there."""
        return self._between_queries(super().customer, provided_id)

    def parent_of(self, provided_id: str) -> str | None:
        """Return the id of a customer's parent, which no answer shows; KeyError when the customer is not there."""
        return self._between_queries(super().parent_of, provided_id)

    def prepare(self, page_size: int) -> None:
        """Encode all pages of this size now: until the list changes, serving them only hands out bytes.

        Not with `order="ties"`, where each query finds its own order.
        """
        self._between_queries(super().prepare, page_size)

    async def drain(self) -> None:
        """Wait until no request is under way, in whatever event loop this is awaited."""
        if self._loop is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(super().drain(), self._loop))

    def _end(self) -> None:
        self._left.set_result(None)
        self._thread.join()

    async def _serve(self) -> None:
        try:
            await self.__aenter__()
        except Exception as error:  # noqa: BLE001 -- raised again where the block begins
            self._started.set_exception(error)
            return
        self._loop = asyncio.get_running_loop()
        self._started.set_result(None)
        await asyncio.wrap_future(self._left)
        self._loop = None
        await self.__aexit__(None, None, None)

    def _between_queries(self, change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call this where no query is half done: each takes one turn of the serving loop."""
        if self._loop is None or current_thread() is self._thread:
            return change(*args, **kwargs)

        async def turn() -> T:
            return change(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(turn(), self._loop).result()
