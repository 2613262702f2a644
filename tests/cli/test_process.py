"""The command as a process of its own, in dev mode with warnings as errors: signals, pipes, exit codes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from tests.helpers.cli_running import served, settings_of, started
from tests.helpers.slow_steps import without_slow_steps

TRACES = (b"Traceback", b"Exception ignored", b"Warning", b"never")


def ending_of(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Wait for the end and return the exit code and what standard error has; no trace of anything left behind."""
    _, err = process.communicate(timeout=30)
    assert not [trace for trace in TRACES if trace in err], err
    return process.returncode, without_slow_steps(err)


def counted(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Wait for the end of a count that succeeds and return what both of its streams have."""
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    return out, without_slow_steps(err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_a_slow_listing(number: signal.Signals, code: int) -> None:
    """A signal ends the process soon, without a traceback and with the shell's exit code."""
    arrived = threading.Event()
    with served(120, latency=60.0) as emulator:
        emulator.on_request = lambda _: arrived.set()
        with started("customers", "list", settings=settings_of(emulator)) as process:
            assert arrived.wait(30)
            process.send_signal(number)
            assert ending_of(process)[0] == code


def test_ctrl_c_does_not_wait_for_a_reader_that_pauses() -> None:
    """With a full pipe and nobody reading, Ctrl-C ends the process all the same."""
    with served(2000) as emulator, started("customers", "list", settings=settings_of(emulator)) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"{"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert ending_of(process) == (130, b"explo-async: interrupted\n")


def test_a_closed_pipe_is_no_error() -> None:
    """`explo-async customers list | head -1` ends with 0 and without a word."""
    with (
        served(2000) as emulator,
        started("customers", "list", "--page-size", "100", settings=settings_of(emulator)) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b'{"provided_id":"customer-0000000"')
        process.stdout.close()
        process.stdout = None
        assert ending_of(process) == (0, b"")


def test_closed_pipes_on_both_streams_change_no_exit_code() -> None:
    """A retry that cannot be told, as in `2>&1 | head -1`, stops nothing and leaves the exit code as it is."""
    reading, writing = os.pipe()
    os.close(reading)
    settings = {"EXPLO_TOKEN": "fake", "EXPLO_BASE_URL": "http://127.0.0.1:1"}
    with started("customers", "list", "--timeout", "0.2", settings=settings, output=writing) as process:
        os.close(writing)
        assert process.wait(30) == 1


def test_serve_answers_until_ctrl_c() -> None:
    """What `serve` prints leads to a running server, which is gone after Ctrl-C."""
    with started("serve", "--customers", "3", settings={"PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().strip() for _ in range(8)]
        settings = dict(line.removeprefix("export ").split("=") for line in lines if line.startswith("export"))
        with started("customers", "count", settings=settings) as counting:
            assert counted(counting) == (b"3\n", b"")
        process.send_signal(signal.SIGINT)
        assert ending_of(process)[0] == 130
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(settings["EXPLO_BASE_URL"])


def test_serve_shows_its_requests() -> None:
    """With --log each request leaves a line on standard error, with how it ended; without, none."""
    with started("serve", "--customers", "3", "--log", settings={"PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().strip() for _ in range(8)]
        settings = dict(line.removeprefix("export ").split("=") for line in lines if line.startswith("export"))
        words = ["customers", "count", "--parent-provided-id", "a b\n"]
        with started(*words, settings=settings) as counting:
            assert counted(counting) == (b"0\n", b"")
        with started("customers", "count", settings=settings | {"EXPLO_TOKEN": "another"}) as counting:
            assert counting.wait(30) == 1
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(settings["EXPLO_BASE_URL"] + "/api/get_customer/", data=b"{}").close()
        process.send_signal(signal.SIGINT)
        code, err = ending_of(process)
    assert code == 130
    shown = [re.sub(r"\d+ ms$", "# ms", line.split(" ", 1)[1]) for line in err.decode().splitlines()]
    assert shown == [
        "/v2/api/customers/?page=1&page_size=1&parent_provided_id=a+b%0A 200 # ms",
        "/v2/api/customers/?page=1&page_size=1 401 # ms",
        "POST /api/get_customer/ 401 # ms",
        "interrupted",
    ]


def test_without_the_extra_it_says_what_to_install() -> None:
    """Where cyclopts cannot be imported, one line says how to install it."""
    program = "import sys; sys.modules['cyclopts'] = None; from explo_async.cli import main; sys.exit(main())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program], env=environment, capture_output=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.endswith(b"pip install 'explo-async[cli]'\n")
    assert ended.stderr.count(b"\n") == 1
