"""Every program and every command line of the README and the documentation runs, and does what the page says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from explo_async.cli.app import run
from explo_async.emulator.process import EmulatorProcess
from tests.helpers.documents import BLOCKS, PAGES, ROOT, Block, Command
from tests.helpers.programs import (
    ENGINES,
    RUN_ELSEWHERE,
    imported_by,
    needs_of,
    shown_by,
    wait_for_the_end_of,
    what_is_not_installed,
)
from tests.helpers.s3_server import S3Server
from tests.helpers.sail_server import PANDAS, sail_server
from tests.helpers.sail_server import what_is_missing as sail_is_missing
from tests.helpers.services import skip_without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.programs import Need
    from tests.helpers.redis_server import RedisServer

NOT_RUN = {
    "pip install ": "changes the environment that the tests run in",
    "python3 -m venv ": "makes an environment from the package index; CI runs the README's test command",
    "nox": "takes minutes; that its sessions exist is tested below, and CI runs the usual ones",
    "python -m tests.promises.catalogue_table": "changes a page; tests/promises/test_catalogue.py runs it on a copy",
    "export EXPLO_TOKEN=...": "stands for the reader's own token",
    "unset EXPLO_BASE_URL": "leads to Explo itself",
}
"""How command lines begin that no test runs, and why."""
SERVERS = ("explo-async serve ", "gunicorn ", "uvicorn ", "python service.py")
"""How command lines begin that run until they are stopped."""
PROGRAMS = [block for block in BLOCKS if block.language == "python" and not imported_by(block) & RUN_ELSEWHERE.keys()]
WITH_COMMANDS = [page for page in PAGES if any(block.page == page and block.commands for block in BLOCKS)]
SERVICES = [block for block in PROGRAMS if block.file == "service.py"]
ON_SPARK = [program for program in PROGRAMS if "import SparkSession" in program.text]
"""Programs that find Spark by the environment, as `spark-submit` and SPARK_REMOTE tell it; Sail is in its place here."""
REDIS = "quota.internal:6379"
"""Where the pages have a Redis; a test has one of its own in its place."""
SECONDS = 60
CUSTOMERS = 2000


@pytest.fixture
def settings() -> Iterator[dict[str, str]]:
    """Run an emulator for one test, as pages write to it; give the environment that leads to it and to the command."""
    with EmulatorProcess(CUSTOMERS) as process:
        yield {
            "COLUMNS": "80",
            "EXPLO_BASE_URL": process.url,
            "EXPLO_TOKEN": process.token,
            "HOME": os.environ["HOME"],
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }


@pytest.fixture
def object_store() -> Iterator[dict[str, str]]:
    """Run an object store with the bucket of the pages; give the variables that lead to it."""
    with S3Server(bucket="bucket") as server:
        yield server.settings


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, marks=[pytest.mark.engines] if needs_of(program) else [])
        for program in PROGRAMS
        if program not in SERVICES and program not in ON_SPARK
    ],
    ids=str,
)
def test_a_program_runs(
    program: Block, settings: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It runs as it stands, against the emulator, without a warning, and prints what it says; a test runs by pytest."""
    skip_without(what_is_not_installed(program))
    words = ["-c", program.text]
    if REDIS in program.text:
        place = f"127.0.0.1:{request.getfixturevalue('redis_server').port}"
        words = ["-c", program.text.replace(REDIS, place)]
        # It has just been started.
        assert run(["quota", f"redis://{place}/0", "--reset", "--base-url", settings["EXPLO_BASE_URL"]]) == 0
    if "s3://" in program.text:
        settings |= request.getfixturevalue("object_store")
    if "def test_" in program.text:
        (tmp_path / (program.file or "test_example.py")).write_text(program.text, "utf-8")
        (tmp_path / "pytest.ini").write_text(
            "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
        )
        words = ["-m", "pytest", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    for service in SERVICES:
        if service.page == program.page and service.file:
            (tmp_path / service.file).write_text(service.text, "utf-8")
    if "open_snapshot(" in program.text and "write_snapshot(" not in program.text:
        # What it reads the first program of its page has written.
        writer = next(each for each in PROGRAMS if each.page == program.page and "write_snapshot(" in each.text)
        _run_to_the_end(["-c", writer.text], needs_of(writer), settings, tmp_path)
    printed = _run_to_the_end(words, needs_of(program), settings, tmp_path)
    assert [line for line in shown_by(program) if line not in printed.splitlines()] == []
    assert "def test_" not in program.text or "1 passed" in printed


def _run_to_the_end(words: list[str], needs: dict[str, Need], settings: dict[str, str], folder: Path) -> str:
    """Run Python, and with what the engines of a program need; return what it prints once nothing of it runs on."""
    strict = [] if any(need.warns for need in needs.values()) else ["-W", "error"]
    with TemporaryDirectory() as short:
        variables = {name: text for need in needs.values() for name, text in need.variables.items()}
        environment = {name: text.format(folder=short) for name, text in variables.items()}
        run = partial(
            subprocess.run,
            [sys.executable, "-X", "dev", *strict, *words],
            env={**settings, "XDG_STATE_HOME": str(folder), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            cwd=folder,
        )
        done: subprocess.CompletedProcess[str] = run()
        if needs and done.returncode == -signal.SIGABRT:
            # One in a hundred processes with pyarrow and pandas was aborted by the C++ runtime at its very end, when all
            # was printed: "terminate called without an active exception".
            done = run()
        assert wait_for_the_end_of(f"XDG_STATE_HOME={folder}") == []
    assert done.returncode == 0, done.stdout + done.stderr
    assert not strict or "Warning" not in done.stderr
    return done.stdout


@pytest.mark.engines
@pytest.mark.parametrize("program", ON_SPARK, ids=str)
def test_a_program_runs_on_spark(program: Block, settings: dict[str, str], tmp_path: Path) -> None:
    """It runs as it stands, with one warning of PySpark's own; its table has as many customers as the emulator."""
    skip_without(sail_is_missing())
    # From a file: PySpark takes one that is given by `-c` for a doctest of its own.
    (tmp_path / "program.py").write_text(program.text, "utf-8")
    words = ["-W", f"ignore:{PANDAS}:FutureWarning", "program.py"]
    with sail_server() as address:
        printed = _run_to_the_end(words, {}, {**settings, "SPARK_REMOTE": address}, tmp_path)
    assert sum(map(int, re.findall(r"(\d+) *\|$", printed, re.MULTILINE))) == CUSTOMERS


class Shell:
    """Runs the command lines of a page one after another, as a reader would, in one folder."""

    def __init__(
        self, folder: Path, settings: dict[str, str], scope: ExitStack, find_redis: Callable[[], RedisServer]
    ) -> None:
        self._folder = folder
        self._find_redis = find_redis
        # Each page has a quota of its own.
        self._settings = {**settings, "XDG_STATE_HOME": str(folder / ".state")}
        self._scope = scope
        self._ports: dict[str, str] = {}
        self._servers: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, command: Command) -> None:
        """Run it, and compare its end and its output with the page's."""
        line = re.sub(r"\b(8000|8080|8123)\b", self._free_port, command.line)
        if REDIS in line:
            line = line.replace(REDIS, f"127.0.0.1:{self._find_redis().port}")
        if line.startswith("export "):
            self._settings.update(re.findall(r"(\w+)=(\S+)", line))
        elif line.startswith(SERVERS) and not line.endswith(" --help"):
            self._serve(line)
        else:
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", line],
                cwd=self._folder,
                env=self._settings,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
            assert done.returncode == command.exit_code, f"{line}\n{done.stdout}{done.stderr}"
            if command.shown is not None:
                output = (done.stdout + (done.stderr if command.exit_code == 1 else "")).splitlines()
                shown = [re.sub(r"(?<=127\.0\.0\.1:)8123\b", self._free_port, text) for text in command.shown]
                assert [text.rstrip() for text in output] == shown, line

    def _free_port(self, written: re.Match[str]) -> str:
        """Return a port of this machine in place of the page's, always the same."""
        if written[0] not in self._ports:
            with socket.create_server(("127.0.0.1", 0)) as server:
                self._ports[written[0]] = str(server.getsockname()[1])
        return self._ports[written[0]]

    def _serve(self, line: str) -> None:
        """Run a server until the page ends, or runs another one of its kind; return when it takes connections."""
        kind = line.split(maxsplit=1)[0]
        if kind in self._servers:
            _stop(self._servers[kind])
        with (self._folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {line}"], cwd=self._folder, env=self._settings, stdout=log, stderr=log
            )
        self._servers[kind] = process
        self._scope.callback(_stop, process)
        (port,) = re.findall(r"(?:--port |--bind 127.0.0.1:)(\d+)", line) or [self._port_in_service()]
        wait = (
            f"until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do kill -0 {process.pid} && sleep 0.05 || exit 1; done"
        )
        ready = subprocess.run(["bash", "-c", wait], check=False, timeout=SECONDS)
        assert ready.returncode == 0, (self._folder / "server.log").read_text("utf-8")

    def write(self, block: Block) -> None:
        """Save a program under the name that the page gives it."""
        text = re.sub(r"\b8080\b", self._free_port, block.text)
        (self._folder / str(block.file)).write_text(text, "utf-8")

    def _port_in_service(self) -> str:
        return self._ports["8080"]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(SECONDS)


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(
    page: Path, settings: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """They run in the page's order, with the programs that it names, and print what it shows."""
    with ExitStack() as scope:
        shell = Shell(tmp_path, settings, scope, lambda: request.getfixturevalue("redis_server"))
        for block in BLOCKS:
            if block.page == page and block.file:
                shell.write(block)
            for command in block.commands if block.page == page else ():
                if not command.line.startswith(tuple(NOT_RUN)):
                    shell.run(command)


def test_what_is_not_run_is_there() -> None:
    """Each line on the list of what no test runs is in a page, and each module of the lists in a program."""
    lines = [command.line for block in BLOCKS for command in block.commands]
    assert [begin for begin in NOT_RUN if not any(line.startswith(begin) for line in lines)] == []
    imported = {name for block in BLOCKS if block.language == "python" for name in imported_by(block)}
    assert {*ENGINES, *RUN_ELSEWHERE} - imported == set()


def test_no_block_is_left_out() -> None:
    """Each block is a program, command lines, a query (run by tests/mirror), a drawing, or for Sphinx."""
    assert {block.language for block in BLOCKS} == {"python", "sh", "console", "sql", "text"}
    fences = sum(page.read_text("utf-8").count("\n```") + page.read_text("utf-8").startswith("```") for page in PAGES)
    for_sphinx = sum(len(re.findall(r"^```\{", page.read_text("utf-8"), re.MULTILINE)) for page in PAGES)
    assert len(BLOCKS) + for_sphinx == fences / 2


def test_the_sessions_of_nox_that_are_named_exist() -> None:
    """A page tells nobody to run a session that is not there."""
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    lines = "\n".join(page.read_text("utf-8") for page in PAGES)
    named = {
        name
        for names in re.findall(r"\bnox --sessions ((?:[a-z]+ ?)+)(?:`|$)", lines, re.MULTILINE)
        for name in names.split()
    }
    sessions = set(re.findall(r"^def (\w+)\(session", noxfile, re.MULTILINE))
    assert {"tests", "docs", "audit"} <= named
    assert named - sessions == set()


def test_commands_within_sentences_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that a sentence names has a help, and that help has the options that are named with it."""
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"`explo-async ((?:customers |group-tags |snapshots )?[a-z]+)([^`]*)`", text))
    assert len(named) > 8
    for command, rest in named:
        assert run([*command.split(), "--help"]) == 0
        told = capsys.readouterr().out
        assert [option for option in re.findall(r"--[a-z-]+", rest) if f"{option} " not in told] == [], command


def test_every_public_name_is_in_the_reference() -> None:
    """Every name that the package exports has its entry."""
    import explo_async  # noqa: PLC0415 -- only these tests need them
    import explo_async.arrow  # noqa: PLC0415
    import explo_async.diff  # noqa: PLC0415
    import explo_async.emulator.faults  # noqa: PLC0415
    import explo_async.mirror  # noqa: PLC0415
    import explo_async.reconcile  # noqa: PLC0415
    import explo_async.snapshot  # noqa: PLC0415
    import explo_async.watch  # noqa: PLC0415

    pages = "\n".join(page.read_text("utf-8") for page in PAGES if page.parent.name == "reference")
    modules = (
        *(explo_async, explo_async.arrow, explo_async.diff, explo_async.mirror, explo_async.reconcile),
        *(explo_async.snapshot, explo_async.watch),
        *(explo_async.emulator, explo_async.emulator.faults),
    )
    described = set(re.findall(r"^\.\. auto(?:class|exception|function|data):: ([\w.]+)", pages, re.MULTILINE))
    names = {f"{module.__name__}.{name}" for module in modules for name in module.__all__}
    # Their modules need what not every environment has.
    names |= {"explo_async.integrations.dlt.customers", "explo_async.integrations.spark.ExploCustomers"}
    names |= {"explo_async.integrations.otel.Metrics"}
    # One class under two public names.
    names = {
        name.replace("emulator.Fault", "emulator.faults.Fault")
        for name in names
        if name != "explo_async.emulator.Randomly"
    }
    assert names - described == set()
    errors = (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8")
    kinds = [name for name in explo_async.__all__ if issubclass(getattr(explo_async, name), explo_async.ExploError)]
    assert [name for name in kinds if f"`{name}`" not in errors.partition("```")[0] and name != "ExploError"] == []


@pytest.mark.parametrize(
    ("question", "page", "answer"),
    [
        ("How do I go through a proxy", "how-to/proxies.md", "## Through a proxy"),
        ("What does a verdict mean", "completeness.md", "## What a verdict means"),
        ("How do I use it in FastAPI", "how-to/fastapi.md", "# FastAPI"),
    ],
)
def test_the_first_page_leads_to_answers(question: str, page: str, answer: str) -> None:
    """A line of the first page has the question and a link to the page with its answer."""
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    (line,) = [line for line in index.splitlines() if question in line]
    assert f"]({page}" in line
    assert answer in (ROOT / "docs" / page).read_text("utf-8").splitlines()
