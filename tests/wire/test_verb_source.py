"""Calls of endpoints: what is sent once, what a lost answer becomes, and what a timeout leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import APIError, DeadlineExceeded, OutcomeUnknown, RateLimited, RetryPolicy
from explo_async.emulator import Emulator, Quota
from explo_async.emulator.faults import Body, Close, Hang, Status
from explo_async.wire.deadline import CallClock, in_time
from explo_async.wire.verb import DELETE_CUSTOMER, GET_CUSTOMER
from tests.helpers.clients import QUICK, client_of

if TYPE_CHECKING:
    from explo_async.emulator.faults import Fault

GONE_WITHOUT_A_WORD: list[tuple[Fault, str]] = [
    (Close(verb="delete_customer"), "delete_customer was sent, and no answer tells whether it was done"),
    (Status(500, verb="delete_customer"), "the server answered 500"),
    (Status(408, verb="delete_customer"), "the server answered 408"),
    (Body(b"<html>", verb="delete_customer"), "the body is not JSON"),
]


@pytest.mark.parametrize(("fault", "message"), GONE_WITHOUT_A_WORD, ids=repr)
async def test_a_delete_is_sent_once(fault: Fault, message: str) -> None:
    """Whatever comes in place of an answer, it is unknown what became of it."""
    async with Emulator(5, faults=[fault]) as emulator, client_of(emulator, retry=QUICK) as explo:
        customer = await explo.customers.get("customer-0000003")
        with pytest.raises(OutcomeUnknown) as caught:
            await explo.customers.delete(customer)
        assert message in str(caught.value)
        assert caught.value.found == customer
        assert [seen.verb for seen in emulator.log].count("delete_customer") == 1


async def test_a_429_is_waited_for_and_sent_again() -> None:
    """The server has done nothing then."""
    fault = Status(429, verb="delete_customer", times=2, headers={"Retry-After": "0"})
    async with Emulator(5, faults=[fault]) as emulator, client_of(emulator, retry=QUICK) as explo:
        await explo.customers.delete(await explo.customers.get("customer-0000003"))
        assert [seen.verb for seen in emulator.log].count("delete_customer") == 3
        assert len(emulator.writes) == 1


async def test_what_is_repeatable_is_repeated() -> None:
    """As often as a page, then the last failure is raised."""
    fault = Status(500, verb="get_customer", times=2)
    async with Emulator(5, faults=[fault]) as emulator, client_of(emulator, retry=QUICK) as explo:
        assert (await explo.customers.get("customer-0000003")).provided_id == "customer-0000003"
        assert [seen.verb for seen in emulator.log].count("get_customer") == 3


async def test_a_timeout_after_sending_leaves_it_unknown() -> None:
    """The block ends by its time, while a delete has gone out and has no answer."""
    async with Emulator(1) as emulator, client_of(emulator) as explo:
        gate = explo._open().gate

        async def send() -> None:
            async with in_time(gate, 0.01) as clock:
                clock.unanswered = "delete_customer"
                await asyncio.Event().wait()

        with pytest.raises(OutcomeUnknown, match=r"delete_customer was sent, .*no answer within timeout=0\.01 s"):
            await send()


async def test_a_timeout_before_sending_is_one_alone() -> None:
    """Nothing was done, and the error says so."""
    async with Emulator(1) as emulator, client_of(emulator) as explo:
        with pytest.raises(DeadlineExceeded, match=r"there was no answer within timeout=0\.01 s; raise `timeout`"):
            async with in_time(explo._open().gate, 0.01):
                await asyncio.Event().wait()


async def test_a_timeout_names_the_failure_before_it() -> None:
    """That of an attempt which was to be made once more, also where its wait is over."""
    async with Emulator(1) as emulator, client_of(emulator) as explo:
        last = APIError("HTTP 500", status=500)

        async def wait() -> None:
            async with in_time(explo._open().gate, 0.01) as clock:
                clock.failed = last
                await asyncio.Event().wait()

        with pytest.raises(DeadlineExceeded, match=r"timeout=0\.01 s; the last attempt ended so: HTTP 500") as raised:
            await wait()
        assert raised.value.__cause__ is last


async def test_a_block_that_ends_in_time() -> None:
    """With a deadline, or without one."""
    async with Emulator(1) as emulator, client_of(emulator) as explo:
        async with in_time(explo._open().gate, 60.0) as clock:
            assert clock.deadline < float("inf")
        async with in_time(explo._open().gate, None) as clock:
            assert clock.deadline == float("inf")


async def test_from_sending_to_the_answer_a_change_is_unanswered() -> None:
    """So long a timeout leaves it unknown; a call that can be repeated never is."""
    seen: list[str | None] = []
    clock = CallClock()
    async with Emulator(3) as emulator, client_of(emulator, retry=QUICK) as explo:
        customer = await explo.customers.get("customer-0000001")
        emulator.on_request = lambda _: seen.append(clock.unanswered)
        verbs = explo._open_verbs()
        await verbs.call(GET_CUSTOMER, {"provided_id": "customer-0000001"}, clock=clock)
        await verbs.call(DELETE_CUSTOMER, {"current_token": customer.token}, clock=clock)
    assert seen == [None, "delete_customer"]
    assert clock.unanswered is None


async def test_a_quota_that_leaves_no_time_ends_the_call() -> None:
    """Before anything is sent: so it is no outcome that is unknown."""
    async with Emulator(3, quota=Quota(1, 60.0)) as emulator, client_of(emulator, retry=QUICK) as explo:
        customer = await explo.customers.get("customer-0000001")
        fault: Any = (RateLimited, DeadlineExceeded)
        with pytest.raises(fault):
            await explo.customers.delete(customer, timeout=5.0)
        assert emulator.writes == ()


async def test_the_time_of_a_call_ends_its_repeats() -> None:
    """A failure that came last is named."""
    policy = RetryPolicy(wait_initial=1e6, wait_max=1e6, attempts=5)
    async with (
        Emulator(3, faults=[Status(500, verb="get_customer")]) as emulator,
        client_of(emulator, retry=policy) as explo,
    ):
        with pytest.raises(DeadlineExceeded, match="500") as raised:
            await explo.customers.get("customer-0000001", timeout=5.0)
        assert isinstance(raised.value.__cause__, APIError)


async def test_a_delete_that_hangs_is_unknown() -> None:
    """By the timeout of an attempt, which is an answer that never came."""
    fault = Hang(verb="delete_customer")
    async with Emulator(3, faults=[fault]) as emulator:
        async with client_of(emulator, retry=QUICK) as explo:
            customer = await explo.customers.get("customer-0000001")
        async with client_of(emulator, retry=QUICK, request_timeout=1.0) as explo:
            with pytest.raises(OutcomeUnknown, match="the customer is still there"):
                await explo.customers.delete(customer, children="ignore")
