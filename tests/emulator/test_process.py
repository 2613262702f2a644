"""The emulator in a process of its own."""

from __future__ import annotations

import importlib
import io
import os
import pickle
import signal
import ssl
import urllib.error
import urllib.request
from types import SimpleNamespace
from typing import TYPE_CHECKING

import msgspec
import pytest

from explo_async.emulator import Behaviour, Emulator, Quota
from explo_async.emulator.faults import Close
from explo_async.emulator.process import EmulatorProcess, Stats, main
from explo_async.endpoint import CREATE_CUSTOMER, UPDATE_CUSTOMER
from tests.helpers.emulator_client import BrokenOffError, asking

if TYPE_CHECKING:
    from pathlib import Path


def _get(emulator: EmulatorProcess) -> int:
    request = urllib.request.Request(
        f"{emulator.url}/v2/api/customers/?page_size=1000", headers={"Explo-Authorization": f"Token {emulator.token}"}
    )
    try:
        with urllib.request.urlopen(request) as response:
            return len(msgspec.json.decode(response.read())["results"]["customers"])
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_it_serves_and_tells_its_counts() -> None:
    """The process serves with the options given, and its counts come over the pipe."""
    with EmulatorProcess(1500, prepare=1000, token="fake", quota=Quota(1, 60.0)) as emulator:
        assert emulator.token == "fake"
        assert [_get(emulator), _get(emulator)] == [1000, 429]
        assert emulator.stats() == Stats(
            requests=2, rate_limited=1, peak_in_flight=1, fullest_window=2, fullest_fixed_window=2
        )
    with pytest.raises(urllib.error.URLError, match="refused"):
        _get(emulator)


async def test_it_tells_what_was_asked_and_what_was_done() -> None:
    """Requests and writes come over the pipe as they stand in the emulator; its switches travel there."""
    behaviour = Behaviour(objects="merge")
    with EmulatorProcess([], behaviour=behaviour, faults=[Close(attempt=2, done=True)]) as emulator:
        async with asking(emulator) as ask:
            await ask.make("a", properties={"a": 1})
            with pytest.raises(BrokenOffError):
                await ask.do(CREATE_CUSTOMER, {"provided_id": "a"})
            await ask.do(UPDATE_CUSTOMER, {"provided_id": "a", "properties": {"b": 2}})
        log, writes = emulator.log(), emulator.writes()
        assert [(seen.verb, seen.status, seen.writes, seen.provided_id) for seen in log] == [
            ("create_customer", 200, True, "a"),
            ("create_customer", None, True, "a"),
            ("update_customer", 200, True, "a"),
        ]
        assert [write.verb for write in writes] == ["create_customer", "update_customer"]
        assert writes[1].after is not None
        assert writes[1].before == writes[0].after
        assert writes[1].after["properties"] == {"a": 1, "b": 2}
        assert log[2].at <= writes[1].at


def test_the_process_ends_with_the_block() -> None:
    """Leaving the block ends the process; asking it then, or before, is an error that says so."""
    emulator = EmulatorProcess(1)
    with pytest.raises(RuntimeError, match="is not running"):
        emulator.stats()
    with emulator:
        process = emulator._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() == 0
    with pytest.raises(RuntimeError, match="is not running"):
        emulator.stats()
    emulator.__exit__(None, None, None)


def test_options_that_the_emulator_refuses_are_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    """When the process cannot serve, the error gives its status, and its standard error the reason."""
    with pytest.raises(RuntimeError, match="process ended with status 1"):
        EmulatorProcess(1, no_such_option=True).__enter__()
    assert "no_such_option" in capfd.readouterr().err


def test_a_fault_of_ones_own_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process finds the modules that this one finds, so that faults defined anywhere work there."""
    module = tmp_path / "own_fault.py"
    module.write_text("from explo_async.emulator.faults import Status\nclass Teapot(Status): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    with EmulatorProcess(1, faults=[importlib.import_module("own_fault").Teapot(418)]) as emulator:
        assert _get(emulator) == 418


def test_options_that_cannot_travel_are_refused_at_once() -> None:
    """An `ssl_context` cannot be handed to another process."""
    with pytest.raises(TypeError, match="pickle"):
        EmulatorProcess(1, ssl_context=ssl.create_default_context())


def test_a_process_that_died_is_an_error() -> None:
    """When the process is killed from outside, the next question fails instead of waiting."""
    with EmulatorProcess(1) as emulator:
        process = emulator._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(RuntimeError, match=f"ended with status -{signal.SIGKILL.value}"):
            emulator.stats()


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stands still is killed when the block ends."""
    with EmulatorProcess(1) as emulator:
        process = emulator._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr("explo_async.emulator.process._PATIENCE", 0.05)
    assert process.poll() == -signal.SIGKILL.value


@pytest.mark.parametrize("prepare", [None, 10])
def test_the_other_side_answers_each_line_until_the_end(prepare: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs in the process: an address first, counts for every line, and an end when the input ends."""
    commands = io.BytesIO(pickle.dumps((3, {"token": "fake"}, prepare)) + b"stats\nlog\nwrites\nstats\n")
    replies = io.BytesIO()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=commands))
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=replies))
    sizes: list[int] = []
    monkeypatch.setattr(Emulator, "prepare", lambda _, page_size: sizes.append(page_size))
    main()
    assert sizes == ([] if prepare is None else [prepare])
    hello, *counts = map(msgspec.json.decode, replies.getvalue().splitlines())
    assert hello["token"] == "fake"
    assert hello["url"].startswith("http://127.0.0.1:")
    requests, log, writes, again = counts
    assert (log, writes) == ({"log": []}, {"writes": []})
    assert [Stats(**each) for each in (requests, again)] == [Stats(requests=0, rate_limited=0, peak_in_flight=0)] * 2
