"""No token, the team's or a customer's, in what the command writes."""

from __future__ import annotations

import json

import pytest

from explo_async.cli.app import run
from explo_async.emulator.faults import Status, Truncate
from tests.helpers.cli_running import lead_to, served

TOKEN = "t0p-s3cret-0f-the-team"
ECHO = json.dumps({"detail": f"no luck with {TOKEN}"}).encode()


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Status(500, ECHO, page=1, attempt=1),
        Status(401, ECHO, page=1),
        Status(403, ECHO, page=2),
        Status(418, ECHO, page=2),
        Truncate(page=2, attempt=1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("command", ["customers list --page-size 10", "customers count", "doctor"])
def test_neither_output_holds_a_token(
    fault: Status | Truncate | None, command: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever the server does, even when it repeats the token in its answer, no token is written."""
    with served(30, token=TOKEN, faults=[] if fault is None else [fault]) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(command.split()) in {0, 1}
    written = "".join(capfd.readouterr())
    assert written
    assert TOKEN not in written
    assert "fake-token-of-customer" not in written
