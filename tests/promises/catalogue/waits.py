"""Being asked to wait: 429 in all its forms, and Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from attrs import evolve

from explo_async import RateLimited, ServerError
from explo_async.emulator import Quota
from explo_async.emulator.faults import Status
from tests.helpers.clients import QUICK
from tests.promises.catalogue.case import THRICE, Case, Data, Raises
from tests.promises.catalogue.faults import Headed
from tests.promises.catalogue.places import explo

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "Waiting"
MUTE = b'{"detail": "Request was throttled."}'


def in_seconds(seconds: float) -> str:
    """Write a moment as an HTTP date."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


HEADERS: dict[str, tuple[Callable[[], list[str]], float | None]] = {
    "0": (lambda: ["0"], 0.0),
    "a date in the past": (lambda: [in_seconds(-3600)], 0.0),
    "negative": (lambda: ["-5"], None),
    "nan": (lambda: ["nan"], None),
    "inf": (lambda: ["inf"], None),
    "empty": (lambda: [""], None),
    "a fraction": (lambda: ["1.5"], None),
    "garbage": (lambda: ["soon"], None),
    "10^9": (lambda: ["1000000000"], 1e9),
    "5000 digits": (lambda: ["9" * 5000], float("inf")),
    "a date an hour ahead": (lambda: ["Date"], 3600.0),
    "twice": (lambda: ["1", "500"], 500.0),
}
"""What Retry-After holds, and the seconds that it asks for; None where it makes no sense."""


def headers(values: Callable[[], list[str]]) -> Callable[[], list[tuple[str, str]]]:
    """Write Retry-After headers; the date an hour ahead counts from the answer's own Date, which is a day late."""

    def write() -> list[tuple[str, str]]:
        given = values()
        if given == ["Date"]:
            return [("Date", in_seconds(-86_400)), ("Retry-After", in_seconds(3600 - 86_400))]
        return [("Retry-After", value) for value in given]

    return write


def what(asked: float | None) -> str:
    """Word the row of the table."""
    if asked is None:
        return "Retry-After that makes no sense: negative, a fraction, `nan`, empty"
    return "Retry-After of 0 or a date in the past" if asked == 0 else "Retry-After beyond `max_retry_after`"


def note(status: int, asked: float | None) -> str:
    """Word what follows."""
    return "" if asked == 0 or status == 503 else "`throttle_wait` seconds later"


ASKED = [
    Case(
        name=f"{status} with Retry-After {name}",
        group=GROUP,
        what=f"{status} with {what(asked)}",
        opening=explo(Headed(headers(values), status, page=1, times=1)),
        outcome=Data(
            retries=1, least=THRICE.throttle_wait if status == 429 and asked is None else 0.0, note=note(status, asked)
        )
        if not asked
        else Raises(
            error=RateLimited if status == 429 else ServerError,
            match=rf"page 1: .*{status} .*the server asks to wait (inf|\d+) s, more than max_retry_after=120",
            note="with `.retry_after`",
            facts={"retry_after": asked, "status": status},
        ),
    )
    for status in (503, 429)
    for name, (values, asked) in HEADERS.items()
] + [
    Case(
        name="503 with Retry-After 1",
        group=GROUP,
        what="503 with Retry-After",
        opening=explo(Status(503, headers={"Retry-After": "1"}, page=1, times=1)),
        outcome=Data(retries=1, least=1.0, note="no sooner than it says"),
    ),
]

THROTTLED = [
    Case(
        name="429 once",
        group=GROUP,
        what="429 once, with neither Retry-After nor seconds in its message",
        opening=explo(Status(429, MUTE, page=2, times=1)),
        outcome=Data(retries=1, least=THRICE.throttle_wait, note="`throttle_wait` seconds later"),
    ),
    Case(
        name="429 with a message",
        group=GROUP,
        what="429 that says in its message how long",
        opening=explo(Status(429, b'{"detail": "Expected available in 0 seconds."}', page=2, times=1)),
        outcome=Data(retries=1),
        client={"retry": evolve(THRICE, throttle_wait=100.0)},
    ),
    Case(
        name="429 for a whole window",
        group=GROUP,
        what="429 for a whole window, with neither Retry-After nor message",
        opening=explo(quota=Quota(1, 0.25, retry_after=False, message=False)),
        outcome=Data(retries=None, least=0.5, note="when the window is over"),
        client={"rate_limit": None, "max_concurrency": 1},
    ),
    Case(
        name="429 for ever with a timeout",
        group=GROUP,
        what="429 for ever, with `timeout=`",
        opening=explo(Status(429, MUTE, page=1)),
        outcome=Raises(
            error=RateLimited,
            match=r"timeout of ",
            page=1,
            asks=None,
            note="when the timeout is over, or known to be too short",
        ),
        # Far enough from a multiple of the wait that a busy machine meets no other end.
        call={"timeout": 1.0},
        client={"retry": evolve(QUICK, throttle_wait=0.7)},
    ),
    Case(
        name="429 for ever",
        group=GROUP,
        what="429 for ever",
        opening=explo(Status(429, MUTE, page=1)),
        outcome=Raises(
            error=RateLimited,
            match=r"page 1: .*429 .*nothing but 429 for 0 s.*lower rate_limit",
            asks=None,
            note="after `throttle_limit` seconds",
        ),
        client={"retry": evolve(THRICE, throttle_limit=0.2)},
    ),
]

CASES = [*ASKED, *THROTTLED]
