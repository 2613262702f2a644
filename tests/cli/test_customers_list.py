"""`customers list` and `customers count` against an emulator."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from explo_async.cli.app import run
from explo_async.emulator import EARLIER, Quota
from explo_async.emulator.faults import Status
from explo_async.models import Customer
from tests.helpers.cli_running import lead_to, served
from tests.helpers.terminals import Terminal, TerminalFile

if TYPE_CHECKING:
    from explo_async.emulator import Seen

FIELDS = [field.name for field in attrs.fields(Customer) if field.name not in {"token", "extra"}]


def rows_of(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capfd.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_a_list_is_one_line_of_json_for_each_customer(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every customer is a line, in listing order, with the documented fields in order and without its token."""
    with served(120) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list", "--page-size", "50"]) == 0
    rows = rows_of(capfd)
    assert [row["provided_id"] for row in rows] == list(emulator.provided_ids)
    assert {tuple(row) for row in rows} == {tuple(FIELDS)}
    # The last one is the COUNT.
    assert emulator.pages == [1, 2, 3, 1]
    assert emulator.log[-1].page_size == 1


def test_tokens_are_printed_on_demand(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """With --with-tokens, each customer's token is among its fields."""
    with served(3) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list", "--with-tokens"]) == 0
    assert all(row["token"].startswith("fake-token-of-customer-") for row in rows_of(capfd))


@pytest.mark.parametrize("dialect", [None, EARLIER])
def test_further_keys_follow_the_documented_ones(
    dialect: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A key that is not documented is printed last, as it came, whatever the spelling of the documented ones."""
    record = {"provided_id": "a", "zone": {"token": "kept"}, "token": "secret", "name": None}
    with served([record], dialect=dialect) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list"]) == 0
    (row,) = rows_of(capfd)
    assert list(row) == [*FIELDS, "zone"]
    assert row["zone"] == {"token": "kept"}
    assert row["name"] is None


def test_filters_are_sent(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Both filters choose customers, for the list and for the count."""
    with served(300) as emulator:
        lead_to(emulator, monkeypatch)
        filters = ["--parent-provided-id", "customer-0000100", "--hierarchy-level-name", "Region"]
        assert run(["customers", "list", *filters]) == 0
        assert [row["provided_id"] for row in rows_of(capfd)] == [f"customer-0000{n}" for n in range(110, 200, 10)]
        assert run(["customers", "count", *filters]) == 0
    assert capfd.readouterr() == ("9\n", "")


def test_an_empty_list_prints_nothing(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """No customers are no lines, and no error."""
    with served(0) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list"]) == 0
    assert capfd.readouterr() == ("", "")


def test_the_options_reach_the_client(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """--base-url wins over the variable, --max-concurrency bounds the requests, --consistency asks for more of them."""
    with served(120, latency=0.01) as emulator:
        lead_to(emulator, monkeypatch)
        monkeypatch.setenv("EXPLO_BASE_URL", "https://explo.invalid")
        options = ["--base-url", emulator.url, "--page-size", "10", "--max-concurrency", "2"]
        assert run(["customers", "list", *options, "--consistency", "verified"]) == 0
    assert len(rows_of(capfd)) == 120
    assert emulator.peak_in_flight <= 2
    assert emulator.requests > 12


def test_a_list_at_one_moment(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """With --consistency exact each page is read before and after a COUNT, and each customer is printed once."""
    with served(120) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list", "--page-size", "50", "--consistency", "exact"]) == 0
    assert [row["provided_id"] for row in rows_of(capfd)] == list(emulator.provided_ids)
    assert [seen.page_size for seen in emulator.log] == [50] * 3 + [1] + [50] * 3
    assert sorted(emulator.pages[:3]) == sorted(emulator.pages[4:]) == [1, 2, 3]


def test_a_list_that_changed_is_printed_as_it_was_at_a_later_moment(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A customer that comes in after the COUNT costs another COUNT and sweep, and is then in its place in the list."""
    with served(120) as emulator:
        lead_to(emulator, monkeypatch)

        def change(_: Seen) -> None:
            if len(emulator.log) == 5:
                emulator.add(index=0)

        emulator.on_request = change
        assert run(["customers", "list", "--page-size", "50", "--consistency", "exact"]) == 0
    assert [seen.page_size for seen in emulator.log] == [50, 50, 50, 1, 50, 50, 50, 1, 1000]
    ids = [row["provided_id"] for row in rows_of(capfd)]
    assert ids == list(emulator.provided_ids)
    assert len(ids) == 121


def test_a_timeout_is_an_error(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A list that is not complete within --timeout ends with 1 and one line."""
    with served(3, latency=30.0) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list", "--timeout", "0.05"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("explo-async: error: the list was not complete within 0.05 s; raise --timeout\n")
    assert err.count("\n") == 1


def test_a_count_that_takes_too_long_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A number that does not come within --timeout ends with 1 and one line."""
    with served(3, latency=30.0) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "count", "--timeout", "0.05"]) == 1
    assert capfd.readouterr() == ("", "explo-async: error: there was no answer within 0.05 s; raise --timeout\n")


@pytest.mark.parametrize("command", ["list", "count"])
def test_a_wrong_token_is_an_error(
    command: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The API's refusal ends the command with 1 and one line, which does not show the token."""
    with served(3) as emulator:
        lead_to(emulator, monkeypatch)
        monkeypatch.setenv("EXPLO_TOKEN", "mistyped")
        assert run(["customers", command]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("explo-async: error: page 1: the server answered 401")
    assert err.count("\n") == 1
    assert "mistyped" not in err.removeprefix("explo-async: error: ").split(";")[0]


@pytest.mark.parametrize("command", ["list", "count"])
def test_a_pause_is_told_once(
    command: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A pause that the server asks for is one line on standard error; --quiet does not show it."""
    refusal = Status(429, page=1, attempt=1, headers={"Retry-After": "1"})
    with served(3, faults=[refusal]) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", command]) == 0
    _, err = capfd.readouterr()
    assert err == "explo-async: warning: the server answered 429: nothing is sent for 1 s\n"
    with served(3, faults=[refusal]) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", command, "--quiet"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "warning" not in out
    assert caplog.records == []


def test_a_bar_and_log_lines_share_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On a terminal the bar is drawn, and a warning is printed above it."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with served(120, quota=Quota(2, 0.2)) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list", "--page-size", "50"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 120
    # Without what moves the cursor and colours the text.
    shown = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", terminal.getvalue())
    assert "explo-async: warning: the server answered 429" in shown.replace("\n", " ")
    first, second = shown.splitlines()[-2:]
    assert first.startswith("120/120 customers ━")
    assert second.startswith("pages 3/3 · requests 5 · 429s 1 · quota wait ")


def test_quiet_and_rows_on_the_terminal_draw_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bar with --quiet, nor where the rows go to the same terminal."""
    with served(3) as emulator:
        lead_to(emulator, monkeypatch)
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert run(["customers", "list", "--quiet"]) == 0
        monkeypatch.setattr(sys, "stdout", TerminalFile(sys.stdout.fileno()))
        assert run(["customers", "list"]) == 0
    assert terminal.getvalue() == ""
