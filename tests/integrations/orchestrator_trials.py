"""Runs a recipe of docs/how-to/orchestrators.md with the orchestrator itself: `nox --sessions orchestrators`.

Every trial has an emulator, and folders of its own for the snapshots and for what the orchestrator keeps. The recipe is
the program of the page, to the letter; where an attempt fails, the wait before the next one is shortened.
"""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from explo_async import ExploClient, SnapshotError
from explo_async.emulator.faults import Body, Status
from explo_async.emulator.process import EmulatorProcess
from explo_async.snapshot import list_snapshots, open_snapshot, write_snapshot
from tests.helpers.documents import ROOT, find_blocks
from tests.helpers.programs import wait_for_the_end_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "how-to" / "orchestrators.md"
CUSTOMERS = 2345
TOKEN = "a-token-that-nobody-may-see"
ATTEMPTS = 4
"""The first, and the three that the recipes repeat it."""
KEPT = 7
"""Snapshots that the recipes keep."""
SECONDS = 300
"""For one command of an orchestrator on a busy machine."""
QUIET = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
}
"""Nothing is told to anybody; Dagster reads that in its file."""
_SAVE_SECRET = (
    "import os; from prefect.blocks.system import Secret; Secret(value=os.environ['SAVED']).save('explo-token')"
)
_RUN_FLOW = "import asyncio, explo_prefect; asyncio.run(explo_prefect.explo_customers())"


@frozen(kw_only=True)
class Orchestrator:
    """How the recipe of one orchestrator is run, once."""

    package: str
    module: str
    """What its recipe imports, as in the page."""
    command: tuple[str, ...]
    """Arguments of Python."""
    wait: tuple[str, str]
    """How the recipe says how long to wait before the next attempt, and a shorter one."""
    variables: dict[str, str] = field(factory=dict)
    """`{home}` is where it keeps what is its own, `{folder}` that of the recipe."""
    before: tuple[str, ...] | None = None
    """Arguments of Python, for what is done once before a run."""
    variables_before: dict[str, str] = field(factory=dict)


ORCHESTRATORS = {
    "airflow": Orchestrator(
        package="apache-airflow",
        module="airflow",
        before=("-m", "airflow", "db", "migrate"),
        command=("-m", "airflow", "dags", "test", "explo_customers"),
        wait=("timedelta(minutes=5)", "timedelta(seconds=1)"),
        variables={
            "AIRFLOW_HOME": "{home}",
            "AIRFLOW_VAR_EXPLO_TOKEN": TOKEN,
            "AIRFLOW__CORE__DAGS_FOLDER": "{folder}",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        },
    ),
    "dagster": Orchestrator(
        package="dagster",
        module="dagster",
        command=("-m", "dagster", "asset", "materialize", "--select", "customers", "--python-file", "explo_dagster.py"),
        wait=("delay=300", "delay=1"),
        variables={"DAGSTER_HOME": "{home}", "EXPLO_TOKEN": TOKEN},
    ),
    "prefect": Orchestrator(
        package="prefect",
        module="prefect",
        before=("-c", _SAVE_SECRET),
        command=("-c", _RUN_FLOW),
        wait=("retry_delay_seconds=300", "retry_delay_seconds=1"),
        variables={
            "PREFECT_HOME": "{home}",
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # 20 by default, too few on a busy machine
        },
        variables_before={"SAVED": TOKEN},
    ),
}


@frozen
class Trial:
    """One run of a recipe: the folder of its snapshots, the emulator, and how it ended."""

    root: Path
    emulator: EmulatorProcess
    exit_code: int
    output: str

    def requests(self, page: int) -> int:
        """Return how often a page was asked for."""
        return sum(1 for seen in self.emulator.log() if seen.page == page)


@contextmanager
def run_recipe(
    orchestrator: Orchestrator,
    *,
    shorten: bool = True,
    earlier: int = 0,
    variables: dict[str, str] | None = None,
    **emulator: Any,
) -> Iterator[Trial]:
    """Run it to its end, with `earlier` snapshots before it; whatever holds the token afterwards fails."""
    with TemporaryDirectory() as place:
        home, folder, root = (Path(place, name) for name in ("home", "recipe", "customers"))
        home.mkdir()
        folder.mkdir()
        file = Path(place, "file")
        file.touch()
        _write_recipe(orchestrator, home, folder, shorten=shorten)
        if earlier:
            asyncio.run(_write_snapshots(root, earlier))
        with EmulatorProcess(CUSTOMERS, token=TOKEN, **emulator) as process:
            environment = {
                **{name: text for name, text in os.environ.items() if not name.startswith("EXPLO_")},
                **QUIET,
                **{name: text.format(home=home, folder=folder) for name, text in orchestrator.variables.items()},
                "CUSTOMERS_ROOT": str(root),
                "EXPLO_BASE_URL": process.url,
                "HOME": str(home),
                **{name: text.format(home=home, file=file) for name, text in (variables or {}).items()},
            }
            if orchestrator.before:
                done = _run_python(orchestrator.before, folder, environment | orchestrator.variables_before)
                assert done.returncode == 0, done.stdout
            done = _run_python(orchestrator.command, folder, environment)
            assert wait_for_the_end_of(f"EXPLO_BASE_URL={process.url}") == []
            trial = Trial(root, process, done.returncode, done.stdout)
            assert TOKEN not in trial.output
            assert [
                path for path in Path(place).rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()
            ] == []
            try:
                yield trial
            except AssertionError:
                print(trial.output)
                raise


def _write_recipe(orchestrator: Orchestrator, home: Path, folder: Path, *, shorten: bool) -> None:
    """Save the program of the page under its name, and Dagster's settings beside it in the page."""
    blocks = find_blocks(PAGE)
    (recipe,) = [block for block in blocks if block.file == f"explo_{orchestrator.module}.py"]
    written, shorter = orchestrator.wait
    assert written in recipe.text
    text = recipe.text.replace(written, shorter) if shorten else recipe.text
    (folder / str(recipe.file)).write_text(text, "utf-8")
    if orchestrator.module == "dagster":
        (settings,) = [block.text for block in blocks if block.text.startswith("concurrency:\n")]
        (home / "dagster.yaml").write_text(f"{settings}telemetry:\n  enabled: false\n", "utf-8")


def _run_python(words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS,
    )


async def _write_snapshots(root: Path, number: int) -> None:
    """Write some, as of the days before."""
    with EmulatorProcess(10) as process:
        async with ExploClient(process.token, base_url=process.url) as explo:
            for _ in range(number):
                await write_snapshot(explo, root)


def check_whole(trial: Trial) -> None:
    """Ask for a run that has succeeded, and for its snapshot."""
    assert trial.exit_code == 0
    snapshot = open_snapshot(trial.root)
    snapshot.verify()
    assert snapshot.certificate.customers == CUSTOMERS
    assert snapshot.table().num_rows == CUSTOMERS


def check_failed(trial: Trial, error: str, *, attempts: int | None = ATTEMPTS) -> None:
    """Ask for a run that has failed with this error, after so many attempts where they are known, and for no snapshot."""
    assert trial.exit_code != 0
    assert error in trial.output
    # A list that comes to no end has asked for its first page once.
    assert attempts in {None, trial.requests(1)}
    try:
        snapshot = open_snapshot(trial.root)
    except SnapshotError:
        return
    raise AssertionError(snapshot)


def try_usual(orchestrator: Orchestrator) -> str:
    """Run it on a usual day: there is a snapshot, and the oldest one goes."""
    with run_recipe(orchestrator, shorten=False, earlier=KEPT) as trial:
        check_whole(trial)
        runs = list_snapshots(trial.root)
        assert len(runs) == KEPT
        assert [run.certificate.customers for run in runs if run.certificate] == [10] * (KEPT - 1) + [CUSTOMERS]
        return f"{CUSTOMERS:,} customers, verified; {len(runs)} snapshots, the oldest pruned"


def try_repeat(orchestrator: Orchestrator) -> str:
    """Refuse one request, which the client does not repeat by itself: the next attempt writes the snapshot."""
    with run_recipe(orchestrator, faults=[Status(403, page=2, times=1)]) as trial:
        check_whole(trial)
        assert trial.requests(2) == 2
        assert "PermissionDenied" in trial.output
        assert len(list_snapshots(trial.root)) == 1
        return f"{CUSTOMERS:,} customers, verified, at the second attempt"


def try_broken_server(orchestrator: Orchestrator) -> str:
    """Break every answer for a page."""
    with run_recipe(orchestrator, faults=[Body(b"<!-- no list -->", page=2)]) as trial:
        check_failed(trial, "DecodeError")
        assert list_snapshots(trial.root) == ()
    return f"the task failed after {ATTEMPTS} attempts with DecodeError; no snapshot"


def try_wrong_total(orchestrator: Orchestrator) -> str:
    """Have the server count more customers than it gives: the list cannot be proved complete."""
    with run_recipe(orchestrator, total_error=3) as trial:
        check_failed(trial, "ListingChanged", attempts=None)
        assert list_snapshots(trial.root) == ()
    return "the task failed with ListingChanged; no snapshot"


def try_no_store(orchestrator: Orchestrator) -> str:
    """Name a root that cannot be one, below a file."""
    with run_recipe(orchestrator, variables={"CUSTOMERS_ROOT": "{file}/customers"}) as trial:
        check_failed(trial, "SnapshotError", attempts=0)
    return "the task failed with SnapshotError; no snapshot"


def try_no_quota(orchestrator: Orchestrator) -> str:
    """Name a store of a shared quota that cannot be one, a folder."""
    with run_recipe(orchestrator, variables={"EXPLO_QUOTA": "{home}"}) as trial:
        check_failed(trial, "QuotaUnavailable", attempts=0)
    return "the task failed with QuotaUnavailable; nothing was sent, no snapshot"


TRIALS = {
    "a usual day": try_usual,
    "broken once": try_repeat,
    "broken for good": try_broken_server,
    "wrong total": try_wrong_total,
    "no such store": try_no_store,
    "quota unusable": try_no_quota,
}


def main(name: str, *titles: str) -> None:
    """Run all trials of one orchestrator, or those that are named, and print what came of them as the page shows it."""
    orchestrator = ORCHESTRATORS[name]
    packages = [f"{package} {version(package)}" for package in (orchestrator.package, "pyarrow", "aiohttp")]
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {', '.join(packages)}", flush=True)
    for title, attempt in TRIALS.items():
        if titles and title not in titles:
            continue
        begun = monotonic()
        result = attempt(orchestrator)
        print(f"  {title:<15}  {result} ({monotonic() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
