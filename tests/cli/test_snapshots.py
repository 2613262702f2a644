"""`customers snapshot`, and `snapshots list`, `verify` and `prune`."""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from explo_async.cli.app import run
from explo_async.cli.commands import customers_snapshot, snapshots
from explo_async.emulator.faults import Hang
from explo_async.snapshot import open_snapshot, runs, write
from tests.helpers.cli_running import lead_to, served, settings_of, started
from tests.helpers.s3_server import BUCKET, S3Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = r"run=\d{8}T\d{6}Z-[0-9a-f]{4}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder of its own, which is wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def test_from_the_first_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Written, listed, verified, compared and pruned."""
    with served(1200) as emulator:
        lead_to(emulator, monkeypatch)
        for number in range(3):
            assert run(["customers", "snapshot", "kept", "--rows-per-file", "500"]) == 0
            out, err = capfd.readouterr()
            assert re.fullmatch(rf"1,200 customers in {tmp_path}/kept/{RUN}, complete by count\n", out)
            assert err == ""
            emulator.add({"provided_id": f"new-{number}"})
            emulator.delete(f"new-{number}")
        emulator.change(emulator.provided_ids[3], name="Another")
        assert run(["customers", "diff", "kept"]) == 3
        assert "0 added, 0 removed, 1 changed, 1,199 unchanged" in capfd.readouterr().out
    assert run(["snapshots", "list", "kept"]) == 0
    head, *lines = capfd.readouterr().out.splitlines()
    assert head.split() == ["run", "customers", "files", "MB", "what", "it", "is"]
    assert all(re.fullmatch(rf"{RUN} +1,200 +3 +0\.\d +complete by count", line) for line in lines)
    assert len(lines) == 3
    assert run(["snapshots", "verify", "kept"]) == 0
    out = capfd.readouterr().out
    assert re.fullmatch(
        rf"1,200 customers in 3 files of {tmp_path}/kept/{RUN}, complete by count: all as written\n", out
    )
    runs = [line.split()[0] for line in lines]
    assert run(["snapshots", "prune", "kept", "--keep", "2", "--dry-run"]) == 0
    assert capfd.readouterr().out == f"would remove {runs[0]}: complete by count\n"
    assert run(["snapshots", "prune", "kept", "--keep", "2"]) == 0
    assert capfd.readouterr().out == f"removed {runs[0]}: complete by count\n"
    assert run(["snapshots", "prune", "kept", "--keep", "2"]) == 0
    assert capfd.readouterr().out == "there was nothing to remove\n"
    assert run(["customers", "diff", f"kept/{runs[1]}", "kept"]) == 0


def test_runs_for_machines_and_runs_that_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each run is an object; what is no snapshot says why, in the table too."""
    broken, damaged = "run=20250101T000000Z-0000", "run=20250102T000000Z-0000"
    (tmp_path / broken).mkdir()
    (tmp_path / damaged).mkdir()
    (tmp_path / damaged / "_certificate.json").write_bytes(b"{")
    with served(10) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "snapshot", ".", "--hierarchy-level-name", "Region", "--quiet"]) == 0
    assert capfd.readouterr().out == ""
    assert run(["snapshots", "list", ".", "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [row["run"] for row in rows][:2] == [broken, damaged]
    assert [row["certificate"] and row["certificate"]["hierarchy_level_name"] for row in rows] == [None, None, "Region"]
    assert [row["problem"] and row["problem"].partition("' ")[2] for row in rows] == [
        None,
        "is no certificate, or not whole",
        None,
    ]
    assert run(["snapshots", "list", "."]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert re.fullmatch(rf"{broken} +no snapshot: still being written, or broken off", lines[1])
    assert lines[2].endswith(f"no snapshot: '{tmp_path}/{damaged}/_certificate.json' is no certificate, or not whole")
    assert lines[3].endswith("complete by count, hierarchy_level_name 'Region'")
    assert run(["snapshots", "list", "nowhere"]) == 0
    assert capfd.readouterr().out == "there are no runs in nowhere\n"


def test_a_changed_file_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`verify` and `diff` name it in one line, with exit code 1."""
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "snapshot", "kept"]) == 0
        (file,) = (tmp_path / "kept").glob("run=*/part-00000.parquet")
        content = bytearray(file.read_bytes())
        content[40] ^= 1
        file.write_bytes(content)
        capfd.readouterr()
        for words in (["snapshots", "verify", "kept"], ["customers", "diff", "kept"]):
            assert run(words) == 1
            out, err = capfd.readouterr()
            assert out == ""
            assert err == (
                f"explo-async: error: '{file}' was changed after it had been written, or is of another run; "
                "write the snapshot anew, and remove this run\n"
            )


def test_another_account_is_said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Its customers would be taken for removed, and the live ones for added."""
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "snapshot", "kept"]) == 0
        capfd.readouterr()
        assert run(["customers", "diff", "kept"]) == 0
        assert "warning" not in capfd.readouterr().err
    with served([{"provided_id": "theirs"}], token="another") as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "diff", "kept"]) == 3
        assert capfd.readouterr().err == (
            "explo-async: warning: 'kept' was written with another token or address. "
            "If that was another team's, these are other customers\n"
        )
        assert run(["customers", "diff", "kept", "--quiet"]) == 3
        assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["customers", "snapshot", "kept", "--hierarchy-level-name", "Region"], 2, "the newest snapshot in '{}/kept' was made without filters"),
        (["customers", "snapshot", "s3:/bucket"], 2, "'s3:/bucket' has a slash too few; give a folder, or an address such"),
        (["customers", "snapshot", "kept", "--rows-per-file", "0"], 2, "--rows-per-file must be a whole number of at least 1, not 0"),
        (["customers", "snapshot"], 2, 'Command "customers snapshot" parameter ROOT requires an argument.'),
        (["customers", "diff", "kept", "--hierarchy-level-name", "Region"], 2, "'kept' was made without filters, and the live list is asked for with --hierarchy-level-name Region; leave the filters out"),
        (["snapshots", "verify", "."], 1, "there is no snapshot in '{}'; write one, or name the folder"),
        (["snapshots", "prune", "kept", "--keep", "0"], 2, "--keep must be a whole number of at least 1, not 0"),
        (["snapshots", "prune", "kept", "--abandoned-after", "-1"], 2, "--abandoned-after must be a number of seconds of at least 0, not -1"),
        (["snapshots", "list", "gs://bucket"], 2, "'gs://bucket' needs a package that is not installed: Please install gcsfs"),
    ],
)  # fmt: skip
def test_what_cannot_be(
    words: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """One line says what, where, and what to do."""
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "snapshot", "kept"]) == 0
        capfd.readouterr()
        assert run(words) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"explo-async: error: {message.format(tmp_path)}")
    assert len(err.splitlines()) == 1


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Each command says what to install, and the others work."""
    for name in [name for name in sys.modules if name.startswith("explo_async.snapshot")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    for words in (["customers", "snapshot", "x"], ["snapshots", "list", "x"], ["snapshots", "verify", "x"]):
        assert run(words) == 2
        assert capfd.readouterr().err.startswith("explo-async: error: snapshots need fsspec; pip install 'explo-async[")


def test_what_is_usual_is_the_librarys() -> None:
    """The command has these numbers of its own, as it is there without the extra."""
    assert customers_snapshot.ROWS_PER_FILE == write.ROWS_PER_FILE
    assert (snapshots.KEEP, snapshots.ABANDONED_AFTER) == (runs.KEEP, runs.ABANDONED_AFTER)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    """Run an S3 server."""
    with S3Server() as server:
        yield server


def test_in_a_store(s3: S3Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Address and credentials from the environment, as the store's own package takes them."""
    for name, value in s3.settings.items():
        monkeypatch.setenv(name, value)
    root = f"s3://{BUCKET}/by-command"
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "snapshot", root]) == 0
        assert re.fullmatch(rf"30 customers in {root}/{RUN}, complete by count\n", capfd.readouterr().out)
        assert run(["customers", "diff", root]) == 0
    assert run(["snapshots", "verify", root]) == 0
    assert "all as written" in capfd.readouterr().out
    assert open_snapshot(root, storage_options=s3.options).certificate.customers == 30


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C, in a process of its own: the folder of the run is gone, and one line says that it was interrupted."""
    with served(500, faults=[Hang(page=5)]) as emulator:
        words = ("customers", "snapshot", "kept", "--page-size", "100", "--quota", "none")
        with started(*words, settings=settings_of(emulator)) as process:
            while not list(tmp_path.glob("kept/run=*")) or emulator.requests < 5:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    # Before that, in dev mode, asyncio tells of the slow import.
    assert err.decode().splitlines()[-1] == "explo-async: interrupted"
    assert list(tmp_path.glob("kept/*")) == []
