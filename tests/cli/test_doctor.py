"""`doctor` against an emulator with whatever may be wrong."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from explo_async.cli.app import run
from explo_async.cli.commands import doctor
from explo_async.emulator import EARLIER, Dialect
from explo_async.emulator.faults import Body, Hang, Html, Redirect, Reset, Status
from tests.helpers.cli_running import served
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explo_async.emulator import Emulator, Seen

TOKEN = "t0p-s3cret-0f-the-team"
CHECKS = ["token", "address", "reachability", "answer", "dialect", "order", "clock", "quota"]
AT_ONCE = "current documented path /v2/api/customers/; the whole list came at once, so the page size does not matter"
SIGNS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}

Lines = dict[str, tuple[str, str]]
"""Check to its mark and the rest of its line."""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the second attempt follow at once."""
    monkeypatch.setattr(doctor, "RETRY", attrs.evolve(doctor.RETRY, wait_initial=0.0))


def lines_of(out: str) -> Lines:
    """Take the lines apart, which are one for each check, in order, and hold no token."""
    assert TOKEN not in out
    assert "fake-token-of-customer" not in out
    lines = {}
    for line in out.splitlines():
        sign, mark, name, text = line.split(maxsplit=3)
        assert sign == SIGNS[mark]
        lines[name] = (mark, text)
    assert list(lines) == CHECKS
    return lines


class Consultation:
    """Asks the doctor about an emulator."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.requests = 0
        self.sizes: list[int] = []

    def __call__(
        self,
        *,
        code: int = 0,
        customers: Any = 300,
        on_request: Callable[[Emulator, Seen], object] | None = None,
        **options: Any,
    ) -> Lines:
        """Return its lines, after a look at the exit code and the other stream; `options` are the emulator's."""
        with served(customers, token=TOKEN, **options) as emulator:
            emulator.on_request = on_request and partial(on_request, emulator)
            self._monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
            self._monkeypatch.setenv("EXPLO_BASE_URL", emulator.url)
            assert run(["doctor"]) == code
        self.requests = emulator.requests
        self.sizes = [seen.page_size for seen in emulator.log]
        out, err = self._capsys.readouterr()
        assert err == ""
        return lines_of(out)


@pytest.fixture
def consult(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Consultation:
    """Return what asks the doctor."""
    return Consultation(monkeypatch, capsys)


def marks(lines: Lines) -> str:
    """Return the first letters of the marks, in order."""
    return "".join(mark[0] for mark, _ in lines.values())


def test_all_is_well(consult: Consultation) -> None:
    """A server as documented is eight good lines, after three requests."""
    lines = consult()
    assert marks(lines) == "oooooooo"
    assert consult.sizes == [1, 200, 100]
    assert lines["token"][1] == "from EXPLO_TOKEN"
    assert lines["address"][1].endswith("/ from EXPLO_BASE_URL")
    assert " answered in " in lines["reachability"][1]
    assert lines["answer"][1] == "token accepted, 300 customers"
    assert lines["dialect"][1] == "current documented path /v2/api/customers/; page_size honoured"
    assert lines["order"][1] == "the first 100 customers came twice in the same order"
    assert lines["clock"][1] == "within 5 s of the server's"
    assert lines["quota"][1] == "no 429 in 3 requests; 180 requests a minute are for everything behind this address"


def test_a_wrong_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A 401 fails, says where the token came from, and leaves network, clock and quota as they are."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    monkeypatch.setenv("EXPLO_TOKEN", "unused")
    with served(3) as emulator:
        assert run(["doctor", "--token-file", str(file), "--base-url", emulator.url]) == 1
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "ooofssoo"
    assert lines["token"][1] == f"from the token file {file}"
    assert lines["address"][1] == f"{emulator.url}/ from --base-url"
    advice = f"the token in the token file {file} is mistyped or revoked: copy it again from Explo's settings"
    assert lines["answer"][1] == f"the server answered 401 Unauthorized: Invalid token.; {advice}"
    assert lines["dialect"][1] == "needs an answer with customers"


def test_a_token_that_may_not(consult: Consultation) -> None:
    """A 403 fails, with the server's words, in which the token is struck out."""
    lines = consult(code=1, faults=[Status(403, json.dumps({"detail": f"not with {TOKEN}"}).encode())])
    assert marks(lines) == "ooofssoo"
    assert lines["answer"][1].startswith("the server answered 403 Forbidden: not with ***; the server knows the token")


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing listens, reachability fails and what depends on it is skipped."""
    monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
    assert run(["doctor", "--base-url", "http://127.0.0.1:1"]) == 1
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "oofsssss"
    assert lines["reachability"][1].startswith("no connection to http://127.0.0.1:1 (")
    assert lines["reachability"][1].endswith(
        "; check the address (--base-url or EXPLO_BASE_URL), and that the server runs"
    )


def test_a_server_that_does_not_answer(consult: Consultation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and says nothing is told apart from one that is not there."""
    monkeypatch.setattr(doctor, "REQUEST_TIMEOUT", 0.05)
    lines = consult(code=1, faults=[Hang()])
    assert marks(lines) == "oofsssss"
    assert lines["reachability"][1].startswith("connected, but no whole answer within 0.05 s; check")


def test_a_connection_that_broke_once(consult: Consultation) -> None:
    """A repeat that was needed is a warning."""
    lines = consult(faults=[Reset(attempt=1)])
    assert marks(lines) == "oowooooo"
    assert "but not 1 of 4 requests; look at the network" in lines["reachability"][1]


def test_a_server_that_failed_once(consult: Consultation, caplog: pytest.LogCaptureFixture) -> None:
    """A 503 before the answer is a warning, told once: the client's own is not shown."""
    lines = consult(faults=[Status(503, attempt=1)])
    assert marks(lines) == "ooowoooo"
    assert lines["answer"][1] == "token accepted, 300 customers, after an answer of 503; try again later"
    assert caplog.records == []


def test_a_redirect(consult: Consultation) -> None:
    """A redirect fails, is not followed, and leads to the address."""
    lines = consult(code=1, faults=[Redirect(302, "https://explo.invalid/")])
    assert marks(lines) == "ooofssoo"
    assert consult.requests == 1
    assert lines["answer"][1].endswith(
        "; check the address (--base-url or EXPLO_BASE_URL): name the final address, with https"
    )


def test_html_in_place_of_json(consult: Consultation) -> None:
    """The sign-in page of a proxy fails, as what it looks like."""
    lines = consult(code=1, faults=[Html()])
    assert marks(lines) == "ooofssoo"
    assert lines["answer"][1].startswith("the body is not JSON: it looks like HTML")


@pytest.mark.parametrize(("headers", "when"), [({"Retry-After": "42"}, "in 42 s"), ({}, "in a minute")])
def test_a_quota_that_others_use_up(headers: dict[str, str], when: str, consult: Consultation) -> None:
    """A 429 is not waited for: it fails, says whose fault it is and for how long, and nothing is known of the token."""
    lines = consult(code=1, faults=[Status(429, headers=headers)])
    assert marks(lines) == "ooosssof"
    assert consult.requests == 1
    text = "1 of 1 request answered 429: others behind this address use up its 180 requests a minute"
    assert lines["quota"][1] == f"{text}; try again {when}; in Python, `rate_limit` gives each client its part"


def test_a_quota_that_is_free_again(consult: Consultation) -> None:
    """A 429 that passes is a warning."""
    lines = consult(faults=[Status(429, headers={"Retry-After": "0"}, attempt=1)])
    assert marks(lines) == "ooooooow"
    assert lines["quota"][1].startswith("1 of 4 requests answered 429: others")


@pytest.mark.parametrize(
    ("customers", "dialect", "mark", "text", "requests"),
    [
        (300, EARLIER, "ok", "earlier documented path /api/v2/customers/; page_size honoured", 4),
        (
            300,
            Dialect(page_size_name="pageSize"),
            "ok",
            "current documented path /v2/api/customers/; pageSize honoured, page_size ignored",
            4,
        ),
        (
            301,
            Dialect(page_size_name=None),
            "warning",
            (
                "current documented path /v2/api/customers/; page size ignored: 20 customers came, not 1; "
                "the whole list takes 16 requests; ask Explo if that is too slow"
            ),
            4,
        ),
        (5, Dialect(page_size_name=None), "ok", AT_ONCE, 3),
        (1, None, "ok", AT_ONCE, 1),
    ],
)
def test_dialects(
    customers: int, dialect: Dialect | None, mark: str, text: str, requests: int, consult: Consultation
) -> None:
    """Path and page size are told as the server showed them, with the requests that the client needs for it anyway and two for the order."""
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
    assert marks(lines) == "ooooowoo"
    assert consult.sizes == [1, 200, 100]
    assert lines["order"][1] == (
        "the first 100 customers came twice, in another order each time; "
        "lists are proved by counts alone here, which takes longer; delete by none that is not exact"
    )


def test_a_single_customer_has_no_order(consult: Consultation) -> None:
    """Nothing more is asked for where there is nothing to compare."""
    lines = consult(customers=1)
    assert lines["order"] == ("skipped", "needs an answer with two customers")
    assert consult.sizes == [1]


def test_a_list_that_changes_between_the_readings_shows_no_order(consult: Consultation) -> None:
    """Rows that moved because one was added before them are not taken for an unstable order."""

    def change(emulator: Emulator, seen: Seen) -> None:
        if seen.page_size == 100:
            emulator.add(index=0)

    lines = consult(on_request=change)
    assert marks(lines) == "ooooosoo"
    assert lines["order"] == ("skipped", "the list changed while it was read")
    assert lines["answer"][1] == "token accepted, 300 customers"


@pytest.mark.parametrize(("attempt", "requests"), [(2, 2), (3, 3)])
def test_a_reading_that_fails_shows_no_order(attempt: int, requests: int, consult: Consultation) -> None:
    """An error in either reading leaves the order open, and is no failure of the token that was accepted before."""
    lines = consult(faults=[Status(403, attempt=attempt)])
    assert marks(lines) == "ooooosoo"
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


def test_a_token_that_sees_nobody(consult: Consultation) -> None:
    """An empty list may be right, and is a warning."""
    lines = consult(customers=0)
    assert marks(lines) == "ooowssoo"
    assert lines["answer"][1].startswith("token accepted, but it sees no customers; if there should be some")


def test_a_page_without_its_customers(consult: Consultation) -> None:
    """A first page without rows of a list that has some fails."""
    lines = consult(code=1, faults=[page_with(total=2)])
    assert marks(lines) == "ooofssoo"
    assert lines["answer"][1].startswith("page 1 is empty, although total_count is 2; report it")


def test_no_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a token nothing is sent, and the exit code is that of wrong usage."""
    assert run(["doctor"]) == 2
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "fossssss"
    assert lines["token"][1].startswith("no token: set EXPLO_TOKEN or give --token-file; ")
    assert lines["address"][1] == "https://api.explo.co/ by default"
    assert lines["answer"][1] == "needs a token and an address"
    monkeypatch.setenv("EXPLO_TOKEN", f"{TOKEN} ")
    assert run(["doctor"]) == 2
    assert "EXPLO_TOKEN has a character at position 22" in lines_of(capsys.readouterr().out)["token"][1]


def test_an_address_that_cannot_be(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An address that would give the token away is wrong usage, and is not asked."""
    monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
    assert run(["doctor", "--base-url", f"https://{TOKEN}@explo.invalid"]) == 2
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "ofssssss"
    assert "must be a bare address" in lines["address"][1]


@pytest.mark.skipif(sys.platform == "win32", reason="there the mode says nothing about others")
def test_a_token_file_that_others_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A token file open to others is a warning on the token's line."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o644)
    with served(3, token=TOKEN) as emulator:
        assert run(["doctor", "--token-file", str(file), "--base-url", emulator.url]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    text = f"from the token file {file}; the token file {file} is open to others; run: chmod 600 {file}"
    assert lines_of(out)["token"] == ("warning", text)


def test_ascii_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where signs and the server's words cannot be written, others stand in for them."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    with served(3, token=TOKEN, faults=[Status(403, '{"detail": "nö"}'.encode())]) as emulator:
        monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
        assert run(["doctor", "--base-url", emulator.url]) == 1
    lines = written.getvalue().decode("ascii").splitlines()
    assert lines[0] == "+ ok       token         from EXPLO_TOKEN"
    assert lines[3].startswith("x failed   answer        the server answered 403 Forbidden: n?; ")


def test_a_terminal_breaks_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 80 columns what is longer goes on below its beginning."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    with served(3, token=TOKEN) as emulator:
        monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
        assert run(["doctor", "--base-url", emulator.url]) == 0
    *_, before, last = (line.rstrip() for line in terminal.getvalue().splitlines())
    assert "180 requests a minute are for" in before
    assert last == f"{'':24} everything behind this address"
