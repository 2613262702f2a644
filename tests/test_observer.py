from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ConfigurationError, ExploClient, ListingChanged, Observer, ServerError
from explo_async.emulator import Emulator, Quota
from explo_async.emulator.faults import Body, Status
from explo_async.observer import Guarded
from tests.helpers.clients import ONCE, QUICK, client_of

if TYPE_CHECKING:
    from collections.abc import Callable

HEARD = [name for name in vars(Observer) if not name.startswith("_")]


class Noting(Observer):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []


def note(name: str) -> Callable[..., None]:
    """Make a method that keeps what it hears."""
    return lambda self, *given: self.heard.append((name, *given))


for each in HEARD:
    setattr(Noting, each, note(each))


class Failing(Observer):
    """Raises whatever it hears."""


def fail(*_: object) -> None:
    """Raise what is nobody's business but the log's."""
    msg = "the meter is broken"
    raise RuntimeError(msg)


for each in HEARD:
    setattr(Failing, each, fail)


async def test_it_hears_of_each_thing_once() -> None:
    """As many requests, repeats, 429s and seconds as the report of the list has."""
    observer = Noting()
    faults = [Status(503, page=2, attempt=1), Status(429, page=3, attempt=1, headers={"Retry-After": "0"})]
    async with (
        Emulator(45, faults=faults) as emulator,
        client_of(emulator, observer=observer, retry=QUICK) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
    stats = customers.report.stats
    kinds = [heard[0] for heard in observer.heard]
    assert kinds.count("request_sent") == stats.requests > 5
    assert kinds.count("retried") == stats.retries == 2
    assert kinds.count("throttled") == stats.rate_limited == 1
    assert sum(heard[1] for heard in observer.heard if heard[0] == "waited") == pytest.approx(stats.quota_wait)
    assert observer.heard[-1] == ("list_ended", "complete", 45, None)
    assert kinds.count("list_ended") == 1


async def test_waits_for_the_quota_are_heard() -> None:
    """In seconds."""
    observer = Noting()
    async with (
        Emulator(30, quota=Quota(2, 0.2)) as emulator,
        client_of(emulator, observer=observer, retry=QUICK) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
    waits = [heard[1] for heard in observer.heard if heard[0] == "waited"]
    assert sum(waits) == pytest.approx(customers.report.stats.quota_wait)
    assert sum(waits) > 0.04


async def test_changes_are_requests_as_well() -> None:
    """Whatever is sent goes through the same place."""
    observer = Noting()
    async with Emulator(3) as emulator, client_of(emulator, observer=observer) as explo:
        await explo.customers.get(emulator.provided_ids[0])
        await explo.customers.count()
    assert [heard[0] for heard in observer.heard if heard[0] != "waited"] == ["request_sent", "request_sent"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Status(503), ServerError), (Body(b'{"total_count": 2, "results": {"customers": []}}'), ListingChanged)],
)
async def test_a_list_that_ends_too_soon_says_by_what(fault: Any, error: type[Exception]) -> None:
    """By the name of the error, and as incomplete."""
    observer = Noting()
    async with Emulator(2, faults=[fault]) as emulator, client_of(emulator, observer=observer, retry=ONCE) as explo:
        with pytest.raises(error):
            await explo.customers.list()
    assert observer.heard[-1] == ("list_ended", "incomplete", 0, error.__name__)


async def test_a_stream_that_is_left_has_ended_too() -> None:
    """With what it had read by then."""
    observer = Noting()
    async with (
        Emulator(30) as emulator,
        client_of(emulator, observer=observer) as explo,
        explo.customers.stream(page_size=10) as stream,
    ):
        async for _ in stream:
            break
    (ended,) = [heard for heard in observer.heard if heard[0] == "list_ended"]
    assert (ended[1], ended[3]) == ("incomplete", "ClientClosed")
    assert ended[2] >= 10


async def test_what_it_raises_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The log has it."""
    async with Emulator(3) as emulator, client_of(emulator, observer=Failing(), retry=QUICK) as explo:
        assert len(await explo.customers.list()) == 3
    lines = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert {record.getMessage() for record in lines} == {"the observer of a client has failed"}
    assert len(lines) >= 3
    assert "the meter is broken" in caplog.text


def test_everything_is_passed_on() -> None:
    """What keeps errors away has every method, and gives each its arguments."""
    observer = Noting()
    guarded = Guarded(observer)
    arguments: dict[str, tuple[Any, ...]] = {
        "waited": (1.5,),
        "list_ended": ("exact", 7, None),
        "round_ended": ("watch", "synced", 7, 1),
    }
    for name in HEARD:
        given = arguments.get(name, ())
        # By itself an observer hears nothing.
        assert getattr(Observer(), name)(*given) is None
        getattr(guarded, name)(*given)
    assert observer.heard == [(name, *arguments.get(name, ())) for name in HEARD]


def test_what_is_no_observer_is_refused() -> None:
    """A class in place of an instance, for one."""
    with pytest.raises(ConfigurationError, match="observer must be a Observer or None, not of type type"):
        ExploClient("token", observer=Noting)  # type: ignore[arg-type]
