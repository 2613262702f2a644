"""`doctor`: what it tells of the server, its answers, its dialect, its order, its clock and its quota."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from explo_async.emulator import EARLIER, Dialect
from explo_async.emulator.faults import Body, Html, Redirect, Status
from tests.helpers.consultation import Consultation, marks

if TYPE_CHECKING:
    from explo_async.emulator import Emulator, Seen


pytestmark = pytest.mark.usefixtures("soon")
AT_ONCE = "current documented path /v2/api/customers/; the whole list came at once, so the page size does not matter"


def test_a_server_that_failed_once(consult: Consultation, caplog: pytest.LogCaptureFixture) -> None:
    """A 503 before the answer is a warning, told once: the client's own is not shown."""
    lines = consult(faults=[Status(503, attempt=1)])
    assert marks(lines) == "oooowooooo"
    assert lines["answer"][1] == "token accepted, 300 customers, after an answer of 503; try again later"
    # A busy machine: asyncio's debug mode tells of each step that took long.
    assert [record for record in caplog.records if record.name != "asyncio"] == []


def test_a_redirect(consult: Consultation) -> None:
    """A redirect fails, is not followed, and leads to the address."""
    lines = consult(code=1, faults=[Redirect(302, "https://explo.invalid/")])
    assert marks(lines) == "oooofsssoo"
    assert consult.requests == 1
    assert lines["answer"][1].endswith(
        "; check the address (--base-url or EXPLO_BASE_URL): name the final address, with https"
    )


def test_html_in_place_of_json(consult: Consultation) -> None:
    """The sign-in page of a proxy fails, as what it looks like."""
    lines = consult(code=1, faults=[Html()])
    assert marks(lines) == "oooofsssoo"
    assert lines["answer"][1].startswith("the body is not JSON: it looks like HTML")


@pytest.mark.parametrize(("headers", "when"), [({"Retry-After": "42"}, "in 42 s"), ({}, "in a minute")])
def test_a_quota_that_others_use_up(headers: dict[str, str], when: str, consult: Consultation) -> None:
    """A 429 is not waited for: it fails, says whose fault it is and for how long, and nothing is known of the token."""
    lines = consult(code=1, faults=[Status(429, headers=headers)])
    assert marks(lines) == "oooossssof"
    assert consult.requests == 1
    text = "1 of 1 request answered 429: others behind this address use up its 180 requests a minute"
    assert lines["quota"][1] == f"{text}; try again {when}"


def test_a_quota_that_is_free_again(consult: Consultation) -> None:
    """A 429 that passes is a warning."""
    lines = consult(faults=[Status(429, headers={"Retry-After": "0"}, attempt=1)])
    assert marks(lines) == "ooooooooow"
    assert lines["quota"][1].startswith("1 of 5 requests answered 429: others")


@pytest.mark.parametrize(
    ("customers", "dialect", "mark", "text", "requests"),
    [
        (300, EARLIER, "ok", "earlier documented path /api/v2/customers/; page_size honoured", 5),
        (
            300,
            Dialect(page_size_name="pageSize"),
            "ok",
            "current documented path /v2/api/customers/; pageSize honoured, page_size ignored",
            5,
        ),
        (
            301,
            Dialect(page_size_name=None),
            "warning",
            (
                "current documented path /v2/api/customers/; page size ignored: 20 customers came, not 1; "
                "the whole list takes 16 requests; ask Explo if that is too slow"
            ),
            5,
        ),
        (5, Dialect(page_size_name=None), "ok", AT_ONCE, 4),
        (1, None, "ok", AT_ONCE, 2),
    ],
)
def test_dialects(
    customers: int, dialect: Dialect | None, mark: str, text: str, requests: int, consult: Consultation
) -> None:
    """Path and page size are told as the server showed them, with the requests that the client needs for it anyway and three for order and filters."""
    assert consult(customers=customers, dialect=dialect)["dialect"] == (mark, text)
    assert consult.requests == requests


@pytest.mark.parametrize(
    ("customers", "dialect", "common"),
    [(2, None, 2), (150, None, 100), (99, EARLIER, 99), (300, Dialect(page_size_name=None), 20)],
)
def test_an_order_that_stays(customers: int, dialect: Dialect | None, common: int, consult: Consultation) -> None:
    """As many customers are compared as both readings have, and no more are claimed to have come in the same order."""
    lines = consult(customers=customers, dialect=dialect)
    assert lines["order"] == ("ok", f"the first {common} customers came twice in the same order")


def test_an_order_with_ties(consult: Consultation) -> None:
    """Neighbours that change places between two requests are a warning that says what follows, and no failure."""
    lines = consult(order="ties")
    assert marks(lines) == "oooooowooo"
    assert consult.sizes == [1, 200, 100, 1]
    assert lines["order"][1] == (
        "the first 100 customers came twice, in another order each time; "
        "lists are proved by counts alone here, which takes longer; delete by none that is not exact"
    )


def test_a_single_customer_has_no_order(consult: Consultation) -> None:
    """Nothing more is asked for where there is nothing to compare."""
    lines = consult(customers=1)
    assert lines["order"] == ("skipped", "needs an answer with two customers")
    assert consult.sizes == [1, 1]


def test_a_list_that_changes_between_the_readings_shows_no_order(consult: Consultation) -> None:
    """Rows that moved because one was added before them are not taken for an unstable order."""

    def change(emulator: Emulator, seen: Seen) -> None:
        if seen.page_size == 100:
            emulator.add(index=0)

    lines = consult(on_request=change)
    assert marks(lines) == "oooooosooo"
    assert lines["order"] == ("skipped", "the list changed while it was read")
    assert lines["answer"][1] == "token accepted, 300 customers"


@pytest.mark.parametrize(("attempt", "requests"), [(2, 3), (3, 4)])
def test_a_reading_that_fails_shows_no_order(attempt: int, requests: int, consult: Consultation) -> None:
    """An error in either reading leaves the order open, and is no failure of the token that was accepted before."""
    lines = consult(faults=[Status(403, attempt=attempt)])
    assert marks(lines) == "oooooosooo"
    assert lines["order"][0] == "skipped"
    assert consult.requests == requests


def page_with(total: int = 1, **headers: str) -> Body:
    """Make an answer with these headers, and a single customer if there is any."""
    customers = [{"provided_id": "a", "token": "fake-token-of-customer"}] if total == 1 else []
    return Body(json.dumps({"total_count": total, "results": {"customers": customers}}).encode(), headers=headers)


@pytest.mark.parametrize(("hours", "where"), [(-1, "ahead of"), (1, "behind")])
@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_a_clock_that_is_wrong(hours: int, where: str, zone: str, consult: Consultation) -> None:
    """A clock apart from the server's by more than seconds is a warning that says which way."""
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True).replace("GMT", zone)
    mark, text = consult(faults=[page_with(Date=date)])["clock"]
    assert mark == "warning"
    assert f"s {where} the server's; set it by NTP" in text
    assert 3590 < int(text.split(" is ")[1].split(" s ")[0].replace(",", "")) < 3610


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Jan 2026 00:00:00 GMT"])
def test_a_date_that_makes_no_sense(date: str, consult: Consultation) -> None:
    """Without a date the clock is not judged."""
    lines = consult(faults=[page_with(Date=date)])
    assert lines["clock"] == ("skipped", "the answer has no Date header that can be read")


def test_a_page_without_its_customers(consult: Consultation) -> None:
    """A first page without rows of a list that has some fails."""
    lines = consult(code=1, faults=[page_with(total=2)])
    assert marks(lines) == "oooofsssoo"
    assert lines["answer"][1].startswith("page 1 is empty, although total_count is 2; report it")


def test_a_parent_filter_that_is_ignored(consult: Consultation) -> None:
    """Customers of a parent that does not exist are a warning: all would come."""
    lines = consult(dialect=Dialect(filter_names="none"))
    assert marks(lines) == "ooooooowoo"
    assert lines["filters"][1] == (
        "parent_provided_id ignored: a parent that does not exist has 300 customers; "
        "ask for no parent's customers here, all would come; report it to Explo"
    )


@pytest.mark.parametrize("dialect", [None, EARLIER, Dialect(keys="camel", filter_names="camel")])
def test_a_parent_filter_that_is_honoured(dialect: Dialect | None, consult: Consultation) -> None:
    """Nobody has a parent that does not exist, in whichever spelling."""
    assert consult(dialect=dialect)["filters"] == ("ok", "a parent that does not exist has no customers")


@pytest.mark.parametrize(("status", "mark"), [(400, "ok"), (404, "ok"), (403, "skipped"), (500, "skipped")])
def test_a_parent_filter_that_is_answered_with_an_error(status: int, mark: str, consult: Consultation) -> None:
    """A parent that does not exist may be refused; any other error tells nothing."""
    # Page 1 is asked for, then twice for the order.
    faults = [Status(status, page=1, attempt=attempt) for attempt in range(4, 8)]
    found, text = consult(faults=faults)["filters"]
    assert found == mark
    assert str(status) in text
