"""The project's checks; `.ci/run` and the README call them by these names."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["coverage", "lint", "types", "docs", "wheel"]
# A Python that is not installed is passed over, also where CI runs: neither an error nor something to download.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PROJECT = nox.project.load_toml("pyproject.toml")
DEV_MODE = {"PYTHONDEVMODE": "1"}
"""Python's dev mode, in all processes that the tests run in."""
EXTRAS = PROJECT["project"]["optional-dependencies"]
"""What users may ask for beside the package itself."""
PYTHONS = nox.project.python_versions(PROJECT)

# pyenv's shims know only the versions that are switched on; the tests want each one that is installed.
_PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
if _INSTALLED := [path.name for path in sorted(_PYENV.glob("3.*")) if path.name.rpartition(".")[0] in PYTHONS]:
    os.environ["PYENV_VERSION"] = ":".join(_INSTALLED)


TEST = nox.project.dependency_groups(PROJECT, "test")
"""What the tests need, and with it all that the extras bring."""
SITE = nox.project.dependency_groups(PROJECT, "site")
"""What the real site of tests/promises runs on, beside PostgreSQL."""
ENGINES = nox.project.dependency_groups(PROJECT, "engines")
"""What reads snapshots, or takes the list, in tests."""
GROUPED = ("-n", "auto", "--dist", "loadgroup")
"""A process for each core, and all tests of the real site in one of them, so that there is one site."""


@nox.session(python=PYTHONS)
def everywhere(session: nox.Session) -> None:
    """Run the tests on each Python that is installed."""
    session.install("-e", ".", *TEST, *SITE)
    session.run("python", "-m", "pytest", *GROUPED, "-m", "not engines", *session.posargs, env=DEV_MODE)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on the Python at hand, in its dev mode, warnings as errors; all but the longest."""
    session.install("-e", ".", *TEST)
    session.run(
        "python",
        "-m",
        "pytest",
        *GROUPED,
        "-m",
        "not site and not long and not engines",
        *session.posargs,
        env=DEV_MODE,
    )


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests on the Python at hand, with the real site and engines, and ask for branch coverage of 99.9 %."""
    session.install("-e", ".", *TEST, *SITE, *ENGINES)
    env = {"COVERAGE_FILE": ".coverage.tests", **DEV_MODE}
    session.run("python", "-m", "coverage", "erase", env=env)
    session.run("python", "-m", "coverage", "run", "-m", "pytest", *GROUPED, *session.posargs, env=env)
    if not session.posargs:
        session.run("python", "-m", "coverage", "combine", "--quiet", env=env)
        session.run("python", "-m", "coverage", "report", env=env)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows users to have."""
    wanted = [*PROJECT["project"]["dependencies"], *nox.project.dependency_groups(PROJECT, "extras")]
    session.install("-e", ".", *TEST, *SITE, *(requirement.replace(">=", "==") for requirement in wanted))
    session.run("python", "-m", "pytest", *GROUPED, "-m", "not engines", *session.posargs, env=DEV_MODE)


@nox.session
def soak(session: nox.Session) -> None:
    """Try 100 000 histories of a changing list, and 20 000 of a shared quota; `-- 5000` for fewer, a fifth of them."""
    session.install("-e", ".", *TEST)
    histories = int(session.posargs[0]) if session.posargs else 100_000
    for test, count in (
        ("tests/pacing/stores/test_alike.py", max(1, histories // 5)),
        ("tests/promises/test_histories.py", histories),
    ):
        env = {"HYPOTHESIS_PROFILE": "soak", "HISTORIES": str(count)}
        session.run("python", "-m", "pytest", "--timeout", "0", test, env=env)


@nox.session
def site(session: nox.Session) -> None:
    """Fetch lists from Django REST framework on PostgreSQL as they change, and count; `-- --help` for the choices."""
    session.install("-e", ".", *TEST, *SITE)
    session.run("python", "-m", "tests.promises.site.trials", *session.posargs)


@nox.session
def fleet(session: nox.Session) -> None:
    """Let processes and hosts share a quota, kill and freeze them; about ten minutes; the hosts need root and `ip`."""
    session.install("-e", ".", *TEST)
    session.run("python", "-m", "tests.promises.fleet.trials", *session.posargs)


@nox.session
@nox.parametrize("orchestrator", ["airflow", "dagster", "prefect"])
def orchestrators(session: nox.Session, orchestrator: str) -> None:
    """Run the recipe of the documentation for an orchestrator, as released, in an environment of its own."""
    session.install("-e", ".[snapshot]", {"airflow": "apache-airflow"}.get(orchestrator, orchestrator))
    session.run("python", "-m", "tests.integrations.orchestrator_trials", orchestrator)


@nox.session
def spark(session: nox.Session) -> None:
    """Read a million customers in a real Spark, let tasks fail and damage files; needs Java 17; about eight minutes."""
    # pandas is for what counts on the executors, and not for the source.
    session.install("-e", ".[snapshot]", "pyspark>=4", "pandas>=2.2")
    session.run("python", "-m", "tests.integrations.spark_trials", *session.posargs)


@nox.session
def reconciliations(session: nox.Session) -> None:
    """Plan and apply 20 000 random lists by random servers with faults, and plan again; about half an hour."""
    session.install("-e", ".", *TEST)
    command = ("python", "-m", "pytest", "-n", "auto", "tests/reconcile/test_convergence.py")
    session.run(*command, *session.posargs, env={"RECONCILIATIONS": "20000"})


@nox.session
def watch(session: nox.Session) -> None:
    """Try 50 000 histories of a watch, kill it at any point, kill 300 processes, measure rounds; about 20 minutes."""
    session.install("-e", ".", *TEST)
    command = ("python", "-m", "pytest", "-n", "2", "--timeout", "0", "tests/watch")
    session.run(*command, *session.posargs, env={"WATCH_HISTORIES": "50000", "WATCH_KILLS": "300"})
    session.run("python", "benchmarks/watch.py")


def mirror(session: nox.Session) -> None:
    """Let 1 000 mirrors live in each database, at random, and be killed; about half an hour; `-- 100` for fewer."""
    session.install("-e", ".", *TEST)
    sequences = session.posargs[0] if session.posargs else "1000"
    command = ("python", "-m", "pytest", "-n", "auto", "tests/mirror/test_sequences.py")
    session.run(*command, env={"MIRROR_SEQUENCES": sequences})


@nox.session
def audit(session: nox.Session) -> None:
    """Look the installed dependencies up in the advisories of PyPI; one that is not found there fails."""
    session.install(f".[{','.join(EXTRAS)}]", "pip-audit")
    session.run("pip-audit", "--strict", "--progress-spinner", "off")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("ruff>=0.14")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly, of package, tests, benchmarks and this file, and that the package leaves none to guess."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, "types"))
    session.run("python", "-m", "mypy")
    session.run("python", "-m", "pyright", "--verifytypes", "explo_async", "--ignoreexternal")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the pages of docs/ as HTML into docs/_build/html; a warning is an error."""
    session.install("-e", f".[{','.join(EXTRAS)}]", *nox.project.dependency_groups(PROJECT, "docs"))
    # From nothing: what Sphinx has read before it does not warn about again.
    shutil.rmtree("docs/_build", ignore_errors=True)
    session.run("sphinx-build", "-W", "--keep-going", "-n", "-q", "-b", "html", "docs", "docs/_build/html")


@nox.session
def bench(session: nox.Session) -> None:
    """Compare with what people would use instead, about 13 minutes; `-- --quick` for a trial, `-- --help` for more."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, "bench"))
    session.run("python", "benchmarks/suite.py", *session.posargs)


@nox.session
def quota(session: nox.Session) -> None:
    """Measure what a shared quota costs, by file and by Redis; about two minutes; `-- --quick` for a trial."""
    session.install("-e", ".", *TEST)
    session.run("python", "benchmarks/quota.py", *session.posargs)


@nox.session
def apply(session: nox.Session) -> None:
    """Apply 10 000 changes by a quota: time beside what the quota allows, and memory; about half a minute."""
    session.install("-e", ".")
    session.run("python", "benchmarks/apply.py", *session.posargs)


@nox.session
def files(session: nox.Session) -> None:
    """Export and compare a million customers, beside DuckDB, pyarrow and polars; about fifteen minutes."""
    session.install("-e", ".[cli,files]", "polars>=1.20")
    session.run("python", "benchmarks/files.py", *session.posargs)


@nox.session
def snapshots(session: nox.Session) -> None:
    """Write a million customers as a snapshot, on disk and on an S3 server, beside the Parquet export; five minutes."""
    session.install(
        "-e", ".[arrow,cli,snapshot]", "gunicorn>=27", "moto[s3,server]>=5.1", "redis>=5.0.1", "s3fs>=2024.2"
    )
    session.run("python", "-m", "tests.snapshot.trials", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it into an empty environment, import it from there."""
    session.install("build")
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder, silent=True)
        (built,) = Path(folder).glob("*.whl")
        empty = Path(folder, "venv")
        session.run("python", "-m", "venv", str(empty))
        python = str(shutil.which("python", path=str(empty / "bin")) or empty / "Scripts" / "python.exe")
        session.run(python, "-m", "pip", "install", "--quiet", str(built), external=True)
        check = (
            "import explo_async, importlib.resources as r;"
            "explo_async.ExploClient;"
            "assert r.files('explo_async').joinpath('py.typed').is_file();"
            "print('explo_async', explo_async.__version__, 'imports from', explo_async.__file__)"
        )
        with session.chdir(folder):
            session.run(python, "-W", "error", "-c", check, external=True)
