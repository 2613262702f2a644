"""`customers plan`: what it prints, writes and refuses, and that it sends reads alone."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.emulator.faults import Status
from explo_async.reconcile import Plan
from tests.cli.account import account, check_secrets, customers, tenant, write_csv
from tests.promises.catalogue.completeness import add
from tests.promises.catalogue.faults import Changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("watched")

IN_STEP = ("provided_id,name", "tenant-0,Tenant 0", "tenant-1,Tenant 1")
DIFFERENT = (
    "provided_id,name,group_tags",
    "tenant-0,Zero,managed",
    "tenant-1,Tenant 1,managed",
    "tenant-9,Nine,managed",
)


def test_a_list_in_step_ends_with_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is to be written, and nothing was."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", *IN_STEP)
    with account(monkeypatch) as emulator:
        assert customers("plan", "t.csv", "--quiet") == 0
        assert [seen.method for seen in emulator.log] == ["GET", "GET"]
        assert emulator.writes == ()
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"Plan for {emulator.url}/ by t.csv",
        "  create         0",
        "  update         0",
        "  delete         0   (deletes were not asked for)",
        "  as wanted      2",
        "  left alone     3   (not wanted)",
    ]
    assert err == ""


def test_differences_end_with_3_and_are_shown_field_by_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In 80 columns; the plan is written for nobody else to read."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", *DIFFERENT)
    with account(monkeypatch) as emulator:
        words = ("plan", "t.csv", "--scope", "group_tag=managed", "--delete", "--out", "plan.json", "--quiet")
        assert customers(*words) == 3
        assert emulator.writes == ()
        assert {seen.method for seen in emulator.log} == {"GET"}
    out, err = capsys.readouterr()
    head, *lines = out.splitlines()
    assert head == f"Plan for {emulator.url}/ by t.csv"
    assert lines == [
        "  create         1",
        "  update         1",
        "  delete         3",
        "  as wanted      1",
        "  left alone     0   (outside the scope, or not wanted)",
        "",
        "create",
        "  tenant-9",
        '    name: "Nine"',
        '    group_tags: ["managed"]',
        "",
        "update",
        "  tenant-0",
        '    name: "Tenant 0" -> "Zero"',
        "",
        "delete",
        "  tenant-2",
        "  tenant-3",
        "  tenant-4",
        "",
        "Applying takes about 11 requests, less than a second by the quota.",
    ]
    assert max(map(len, out.splitlines())) <= 80
    path = tmp_path / "plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    plan = Plan.read(path)
    assert [len(plan.creates), len(plan.updates), len(plan.deletes)] == [1, 1, 3]
    check_secrets(out, err, path.read_text())


def test_more_than_is_allowed_ends_with_4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table says what is refused, and the plan is written all the same: a person may let it."""
    write_csv(tmp_path / "t.csv", *DIFFERENT)
    with account(monkeypatch):
        words = ("plan", tmp_path / "t.csv", "--scope", "group_tag=managed", "--delete", "--max-deletes", 2, "--quiet")
        assert customers(*words, "--out", tmp_path / "plan.json") == 4
        assert (
            capsys.readouterr().out.splitlines()[-1] == "REFUSED: deletes: 3 of 5 (60 %), more than 2 and more than 5 %"
        )
        assert customers(*words, "--max-delete-share", 0.6) == 3
        updates = ("--max-updates", 0, "--max-update-share", 0)
        assert customers("plan", tmp_path / "t.csv", *updates, "--quiet", "--json") == 4
        found = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert found["refusals"] == ["updates: 1 of 5 (20 %), more than 0 and more than 0 %"]
    assert (tmp_path / "plan.json").exists()


def test_json_is_the_whole_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its digest, which is that of the file."""
    write_csv(tmp_path / "t.csv", *DIFFERENT)
    with account(monkeypatch):
        assert customers("plan", tmp_path / "t.csv", "--json", "--out", tmp_path / "plan.json", "--quiet") == 3
    out = capsys.readouterr().out
    found = json.loads(out)
    assert found["digest"] == Plan.read(tmp_path / "plan.json").digest
    assert [create["provided_id"] for create in found["plan"]["creates"]] == ["tenant-9"]
    assert found["refusals"] == []
    check_secrets(out)


SCOPES: dict[str, tuple[list[str], list[str]]] = {
    "a tag": (["--scope", "group_tag=managed"], ["tenant-1"]),
    "a level": (["--scope", "hierarchy_level=Region"], ["tenant-2"]),
    "a parent": (["--scope", "parent_provided_id=tenant-0"], ["tenant-2"]),
    "ids": (["--scope", "provided_ids=tenant-1,tenant-2"], ["tenant-1", "tenant-2"]),
    "two": (["--scope", "group_tag=managed", "--scope", "provided_ids=tenant-1,tenant-2"], ["tenant-1"]),
}


@pytest.mark.parametrize("name", SCOPES)
def test_a_scope_bounds_the_deletes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several conditions mean all of them."""
    words, deletes = SCOPES[name]
    tenants = (
        tenant(0, hierarchy_level="Enterprise", group_tags=[]),
        tenant(1, hierarchy_level="Enterprise"),
        tenant(2, hierarchy_level="Region", group_tags=[]),
        tenant(3, hierarchy_level="Enterprise", group_tags=[]),
    )
    with account(monkeypatch, *tenants, parents={"tenant-2": "tenant-0"}):
        write_csv(tmp_path / "t.csv", "provided_id", "tenant-0")
        assert customers("plan", tmp_path / "t.csv", "--delete", "--json", "--quiet", *words) == 3
    found = json.loads(capsys.readouterr().out)
    assert [delete["provided_id"] for delete in found["plan"]["deletes"]] == deletes


def test_of_many_the_first_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Long values are cut to the width; what is left alone has its reason."""
    rows = [f"new-{number},{'long ' * 40},nobody" for number in range(8)]
    write_csv(
        tmp_path / "t.csv",
        "provided_id,name,parent_provided_id,hierarchy_level_name",
        *(f"{row},Region" for row in rows),
        f"tenant-1,{'short'},,",
        f"tenant-2,{'long ' * 40},,",
        *(f"made-{number},Made,," for number in range(7)),
    )
    with account(monkeypatch):
        assert customers("plan", tmp_path / "t.csv", "--quiet") == 3
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "  conflicts      8" in lines
    assert "  ... and 3 more" in lines
    assert "  ... and 2 more" in lines
    assert "left alone, though wanted" in lines
    assert any(line.startswith("      -> ") for line in lines)


def test_what_goes_along_with_a_parent_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Level and tags are as they were, and are sent all the same."""
    columns = "provided_id,parent_provided_id,hierarchy_level_name,group_tags"
    write_csv(tmp_path / "t.csv", columns, "tenant-1,tenant-0,Region,managed")
    with account(monkeypatch, tenant(0, hierarchy_level="Enterprise"), tenant(1, hierarchy_level="Region")):
        assert customers("plan", tmp_path / "t.csv", "--quiet") == 3
    lines = capsys.readouterr().out.splitlines()
    assert '    parent_provided_id: another -> "tenant-0"' in lines
    assert '    hierarchy_level_name: "Region", sent once more' in lines
    assert '    group_tags: ["managed"], sent once more' in lines


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        (
            ("provided_id,nmae", "tenant-0,Zero"),
            [],
            "has a column 'nmae' that is not known; the columns are provided_id, name, is_demo_group, emails, group_tags",
        ),
        (IN_STEP, ["--fields", "nmae"], "no field 'nmae' that could be written; the fields are name, is_demo_group"),
        (
            IN_STEP,
            ["--delete"],
            "--delete without --scope would delete whatever is not desired, of the whole list; give",
        ),
        (
            IN_STEP,
            ["--expected-rows", "3"],
            "has 2 customers, not the 3 of --expected-rows; look whether it was cut off",
        ),
        (
            IN_STEP,
            ["--scope", "tag=x"],
            "--scope 'tag=x' is not of the kind NAME=VALUE; the names are group_tag, parent",
        ),
        (IN_STEP, ["--scope", "group_tag=a", "--scope", "group_tag=b"], "--scope gives group_tag twice"),
        (IN_STEP, ["--max-deletes", "-1"], "--max-deletes must be a whole number of at least 0"),
        (IN_STEP, ["--max-update-share", "7"], "--max-update-share must be a share from 0 to 1, not 7"),
        (IN_STEP, ["--profile", "nobody"], "there is no profile 'nobody': the file"),
        (IN_STEP, ["--dry-run"], "--dry-run"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(
    rows: tuple[str, ...],
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is sent, and in the words of the command."""
    with account(monkeypatch) as emulator:
        assert customers("plan", write_csv(tmp_path / "t.csv", *rows), *words) == 2
        assert emulator.requests == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As does an ending that no format has."""
    assert customers("plan", tmp_path / "no.csv") == 2
    assert "no.csv' cannot be read: No such file or directory" in capsys.readouterr().err
    assert customers("plan", tmp_path / "no.txt") == 2
    assert "has none of the endings" in capsys.readouterr().err


def test_an_error_of_the_server_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is no plan then, neither printed nor written; nor from a file that is not what its ending says."""
    write_csv(tmp_path / "t.csv", *IN_STEP)
    with account(monkeypatch, faults=[Status(401)]):
        assert customers("plan", tmp_path / "t.csv", "--out", tmp_path / "plan.json", "--quiet") == 1
    (tmp_path / "t.parquet").write_bytes(b"no")
    assert customers("plan", tmp_path / "t.parquet") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "401 Unauthorized" in err
    assert "no Parquet file" in err
    assert not (tmp_path / "plan.json").exists()
    check_secrets(err)


@pytest.mark.parametrize(("change", "code"), [(add(5), 1)])
def test_a_list_that_cannot_be_proved_gives_no_plan(
    change: Callable[[dict[str, Any]], Any], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A total that is too large is an error, as for a list."""
    write_csv(tmp_path / "t.csv", *IN_STEP)
    with account(monkeypatch, faults=[Changed(change)]):
        assert customers("plan", tmp_path / "t.csv", "--out", tmp_path / "plan.json", "--quiet") == code
    assert not (tmp_path / "plan.json").exists()


def test_a_filter_that_is_ignored_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 4: what there is cannot be told well enough."""
    from explo_async.emulator import Dialect  # noqa: PLC0415 -- for this test alone

    write_csv(tmp_path / "t.csv", "provided_id,parent_provided_id", "tenant-1,tenant-0")
    with account(monkeypatch, dialect=Dialect(filter_names="none")):
        assert customers("plan", tmp_path / "t.csv", "--quiet") == 4
    err = capsys.readouterr().err
    assert err.startswith("explo-async: refused: the server ignores the filter parent_provided_id: it gives 5 children")
    assert err.endswith("; plan without parent_provided_id, among the fields and in the scope\n")
