"""`doctor`: token, address, network, and how it shows what it found."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from explo_async.cli.app import run
from explo_async.cli.commands import doctor
from explo_async.emulator.faults import Hang, Reset, Status
from tests.helpers.cli_running import served
from tests.helpers.consultation import TOKEN, Consultation, lines_of, marks
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("soon")


def test_all_is_well(consult: Consultation) -> None:
    """A server as documented is nine good lines, after four requests."""
    lines = consult()
    assert marks(lines) == "oooooooooo"
    assert consult.sizes == [1, 200, 100, 1]
    assert lines["token"][1] == "from EXPLO_TOKEN"
    assert lines["address"][1].endswith("/ from EXPLO_BASE_URL")
    assert " answered in " in lines["reachability"][1]
    assert lines["answer"][1] == "token accepted, 300 customers"
    assert lines["dialect"][1] == "current documented path /v2/api/customers/; page_size honoured"
    assert lines["order"][1] == "the first 100 customers came twice in the same order"
    assert lines["clock"][1] == "within 5 s of the server's"
    assert lines["quota"][1] == "no 429 in 4 requests; 180 requests a minute are for everything behind this address"


def test_a_wrong_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A 401 fails, says where the token came from, and leaves network, clock and quota as they are."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    monkeypatch.setenv("EXPLO_TOKEN", "unused")
    with served(3) as emulator:
        assert run(["doctor", "--token-file", str(file), "--base-url", emulator.url]) == 1
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "oooofsssoo"
    assert lines["token"][1] == f"from the token file {file}"
    assert lines["address"][1] == f"{emulator.url}/ from --base-url"
    advice = f"the token in the token file {file} is mistyped or revoked: copy it again from Explo's settings"
    assert lines["answer"][1] == f"the server answered 401 Unauthorized: Invalid token.; {advice}"
    assert lines["dialect"][1] == "needs an answer with customers"


def test_a_token_that_may_not(consult: Consultation) -> None:
    """A 403 fails, with the server's words, in which the token is struck out."""
    lines = consult(code=1, faults=[Status(403, json.dumps({"detail": f"not with {TOKEN}"}).encode())])
    assert marks(lines) == "oooofsssoo"
    assert lines["answer"][1].startswith("the server answered 403 Forbidden: not with ***; the server knows the token")


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing listens, reachability fails and what depends on it is skipped."""
    monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
    assert run(["doctor", "--base-url", "http://127.0.0.1:1"]) == 1
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "ooofssssss"
    assert lines["reachability"][1].startswith("no connection to http://127.0.0.1:1 (")
    assert lines["reachability"][1].endswith(
        "; check the address (--base-url or EXPLO_BASE_URL), and that the server runs"
    )


def test_a_server_that_does_not_answer(consult: Consultation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and says nothing is told apart from one that is not there."""
    monkeypatch.setattr(doctor, "REQUEST_TIMEOUT", 0.05)
    lines = consult(code=1, faults=[Hang()])
    assert marks(lines) == "ooofssssss"
    assert lines["reachability"][1].startswith("connected, but no whole answer within 0.05 s; check")


def test_a_connection_that_broke_once(consult: Consultation) -> None:
    """A repeat that was needed is a warning."""
    lines = consult(faults=[Reset(attempt=1)])
    assert marks(lines) == "ooowoooooo"
    assert "but not 1 of 5 requests; look at the network" in lines["reachability"][1]


def test_a_token_that_sees_nobody(consult: Consultation) -> None:
    """An empty list may be right, and is a warning."""
    lines = consult(customers=0)
    assert marks(lines) == "oooowsssoo"
    assert lines["answer"][1].startswith("token accepted, but it sees no customers; if there should be some")


def test_no_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a token nothing is sent, and the exit code is that of wrong usage."""
    assert run(["doctor"]) == 2
    lines = lines_of(capsys.readouterr().out)
    assert marks(lines) == "foosssssss"
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
    assert marks(lines) == "ofssssssss"
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
    assert lines[4].startswith("x failed   answer        the server answered 403 Forbidden: n?; ")


def test_a_terminal_breaks_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 80 columns what is longer goes on below its beginning."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    with served(3, token=TOKEN) as emulator:
        monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
        assert run(["doctor", "--base-url", emulator.url]) == 0
    *_, before, last = (line.rstrip() for line in terminal.getvalue().splitlines())
    assert "180 requests a minute are for" in before
    assert last == f"{'':24} everything behind this address"


@pytest.mark.parametrize(
    ("address", "settings", "line"),
    [
        (
            "https://explo.example",
            {"HTTPS_PROXY": "http://me:pa55@127.0.0.1:1"},
            "✓ ok       proxy         127.0.0.1:1 from HTTPS_PROXY",
        ),
        (
            "https://127.0.0.1:1",
            {"https_proxy": "http://me:pa55@proxy.example:1", "NO_PROXY": "127.0.0.1"},
            "✓ ok       proxy         none, although https_proxy names one: NO_PROXY exempts this host",
        ),
        (
            "http://127.0.0.1:1",
            {"HTTPS_PROXY": "http://me:pa55@proxy.example:1"},
            "✓ ok       proxy         none, although HTTPS_PROXY names one: plain http goes straight to this machine",
        ),
    ],
)
def test_a_proxy_is_told(
    address: str,
    settings: dict[str, str],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which proxy is asked, or why none is though one is named; no password is shown, and none goes by default."""
    for name, value in {"EXPLO_TOKEN": TOKEN, **settings}.items():
        monkeypatch.setenv(name, value)
    assert run(["doctor", "--base-url", address]) == 1
    _, _, *lines = capsys.readouterr().out.splitlines()
    assert lines[0] == line
    where = "the proxy 127.0.0.1:1" if address == "https://explo.example" else address
    assert f"no connection to {where} (" in lines[2]
    assert "pa55" not in str(lines)


def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A proxy that cannot be used is a wrong setting, as a wrong address is; a command says the same."""
    monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy.example:1080")
    assert run(["doctor", "--base-url", "https://explo.example"]) == 2
    out = capsys.readouterr().out
    assert "✗ failed   proxy         HTTPS_PROXY names a proxy of the kind socks5; " in out
    assert "needs a token and an address" in out
    assert run(["customers", "count", "--base-url", "https://explo.example"]) == 2
    assert "HTTPS_PROXY names a proxy of the kind socks5; " in capsys.readouterr().err
