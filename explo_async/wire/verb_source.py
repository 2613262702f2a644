"""Calls an endpoint: a slot of the semaphore for each send, attempts with back-off between them, a checked answer."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from attrs import define, field

from explo_async.errors import (
    APIError,
    DecodeError,
    ExploError,
    RateLimited,
    TransportError,
)
from explo_async.progress import FetchStats
from explo_async.wire.attempts import Attempts, Repeating, out_of_time
from explo_async.wire.deadline import unknown_outcome
from explo_async.wire.verb_answer import read_verb_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from explo_async.pacing.lease import Lease
    from explo_async.wire.answer import Answer
    from explo_async.wire.deadline import CallClock
    from explo_async.wire.verb import Verb


class Caller(Protocol):
    """What calls need of the network."""

    async def call(
        self,
        verb: Verb,
        body: bytes,
        *,
        secrets: tuple[str, ...],
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        """Send one request and return the whole answer, whatever its status; raise only errors of this package.

        What is in `secrets` is in no answer of an error. `on_sent` is called at the moment of each real sending.
        """


@define(kw_only=True)
class VerbSource:
    """The way to the endpoints of one deployment; one per client, beside its `PageSource`."""

    caller: Caller
    repeating: Repeating
    slots: asyncio.Semaphore
    """Shared with the pages."""
    unknown_customer: tuple[int, str | None] | None = field(default=None)
    """How this deployment says that there is no such customer, once that was found out: status and words."""

    async def call(
        self, verb: Verb, arguments: Mapping[str, Any], *, clock: CallClock, secrets: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return the object that the endpoint answers.

        Raises `OutcomeUnknown` where a request that must not be sent twice went out, and no answer tells what became
        of it.
        """
        body = msgspec.json.encode(arguments) if arguments or verb.endpoint.method != "GET" else b""
        stats = FetchStats()
        attempts = Attempts(self.repeating, verb.name, stats=stats, deadline=clock.deadline)
        gate = self.repeating.gate

        def sent(lease: Lease) -> None:
            attempts.sent(lease)
            clock.unanswered = None if verb.is_repeatable else verb.name

        while True:
            attempts.begin()
            try:
                given_up = gate.outages_given_up
                async with self.slots:
                    gate.check_outage(given_up)
                    answer = await self.caller.call(
                        verb, body, secrets=secrets, stats=stats, deadline=clock.deadline, on_sent=sent
                    )
                clock.unanswered = None
                found = read_verb_answer(answer, verb)
                if not isinstance(found, ExploError):
                    self.repeating.budget.earn(attempts.failures)
                    return found
                raise found
            except ExploError as failure:
                clock.unanswered = None
                if not verb.is_repeatable and attempts.has_sent and _may_be_done(failure):
                    raise unknown_outcome(verb.name, failure.what) from failure
                wait = attempts.wait_after(failure)
                if wait is None and attempts.is_out_of_time:
                    raise out_of_time(failure) from failure
                if wait is None:
                    raise
                clock.failed = failure
            await asyncio.sleep(wait)


def _may_be_done(failure: ExploError) -> bool:
    """Tell whether the server may have done what it was asked for, by how its answer failed."""
    match failure:
        case RateLimited():
            return False
        case TransportError():
            return failure.sent
        case APIError():
            return failure.status >= 500 or failure.status == HTTPStatus.REQUEST_TIMEOUT  # noqa: PLR2004 -- the class
        case _:
            # It answered that it was done, and nothing that can be read.
            return isinstance(failure, DecodeError)
