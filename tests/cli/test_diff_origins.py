"""`customers diff` of lists that are not of the same customers: refused where that is known, said where it is likely."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async.cli.app import run
from explo_async.emulator.synthetic import make_customer
from explo_async.files.formats import FORMATS
from tests.helpers.cli_exports import export, leading_to
from tests.helpers.diff_lists import write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = ("--hierarchy-level-name", "Region")
WITH_REPORT = ("jsonl", "jsonl.gz", "jsonl.zst", "csv")


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Work in a folder of its own, beside an emulator with 300 customers."""
    monkeypatch.chdir(tmp_path)
    with leading_to(monkeypatch, customers=300):
        yield


def make(name: str, *options: str) -> str:
    """Export into a file, with the report beside it where its format needs one; return its name."""
    report = ["--report", f"{name}.report.json"] if name.endswith(WITH_REPORT) else []
    assert export(name, *options, *report, "--quiet") == 0
    return name


def diff(*arguments: str) -> int:
    return run(["customers", "diff", *arguments])


@pytest.mark.parametrize("form", [form.name for form in FORMATS])
def test_other_filters_are_refused(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Every format tells its filters, by itself or by its report: others are named, and nothing is compared."""
    old, whole = make(f"old.{form}", *REGION), make(f"whole.{form}")
    assert diff(old) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err == (
        f"explo-async: error: '{old}' was made with --hierarchy-level-name Region, and the live list is asked for "
        "without filters; give the same filters, or compare with a list that was made with these\n"
    )
    assert diff(whole, "--parent-provided-id", "a b") == 2
    assert "without filters, and the live list is asked for with --parent-provided-id 'a b'; " in capfd.readouterr().err
    assert diff(old, whole) == 2
    assert f"'{whole}' was made without filters" in capfd.readouterr().err
    assert diff(old, *REGION) == 0
    assert diff(whole, whole) == 0


def test_a_report_may_be_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    """--report names the one of OLD; what is none, or cannot be read, is an error of its own."""
    assert export("old.csv", *REGION, "--report", "elsewhere.json") == 0
    assert diff("old.csv", "--report", "elsewhere.json") == 2
    assert diff("old.csv", *REGION, "--report", "elsewhere.json") == 0
    capfd.readouterr()
    assert diff("old.csv", *REGION, "--report", "none.json") == 1
    assert "cannot read 'none.json': No such file or directory; name the report that" in capfd.readouterr().err
    assert diff("old.csv", *REGION, "--report", "old.csv") == 1
    assert "'old.csv' is no report of an export; name the report that the export wrote" in capfd.readouterr().err


def test_the_report_is_the_certificate() -> None:
    """It has what the file was made with and what was proved, from a file and from standard output."""
    assert export("a.jsonl", "--with-tokens", "--report", "a.json") == 0
    assert export("-", "--format", "csv", "--consistency", "verified", "--report", "b.json") == 0
    first, second = (json.loads(Path(name).read_text("utf-8")) for name in ("a.json", "b.json"))
    proved = first.pop("report")
    assert first == {
        "parent_provided_id": None,
        "hierarchy_level_name": None,
        "consistency": "checked",
        "with_tokens": True,
        "customers": 300,
    }
    assert (proved["verdict"], proved["basis"], proved["total_count"]) == ("complete", "count", 300)
    assert proved["stats"]["requests"] == 2
    assert (second["consistency"], second["report"]["verdict"]) == ("verified", "verified")


@pytest.mark.parametrize(
    ("customers", "loud"), [(range(300), False), (range(201, 300), True), (range(100, 300), False), (range(600), True)]
)
def test_much_that_differs_is_said_loudly(
    customers: range, loud: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where nothing tells of the filters, more than a third added or removed is suspicious; a third is not."""
    rows = [make_customer(0, serial) | {"token": None} for serial in customers]
    write_lines(tmp_path / "old.jsonl", rows)
    differs = customers != range(300)
    assert diff("old.jsonl") == (3 if differs else 0)
    err = capfd.readouterr().err
    assert (err != "") is loud
    assert not loud or err.endswith(
        "more than a third of the list, and nothing tells with which filters 'old.jsonl' was made. If not with "
        "those of now, they are neither added nor removed\n"
    )
    assert diff("old.jsonl", "--quiet") == (3 if differs else 0)
    assert capfd.readouterr().err == ""


def test_what_is_known_is_not_doubted(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Where the filters are known to be the same, much that differs is so."""
    make("old.parquet")
    with leading_to(monkeypatch, customers=900):
        assert diff("old.parquet") == 3
        make("new.parquet")
    assert diff("old.parquet", "new.parquet") == 3
    assert capfd.readouterr().err == ""


def test_an_empty_file_is_a_list_where_its_report_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    """An empty file of JSON Lines may be one that was never written, or cut off."""
    make("none.jsonl", "--parent-provided-id", "nobody")
    assert Path("none.jsonl").read_bytes() == b""
    assert diff("none.jsonl", "--parent-provided-id", "nobody") == 0
    assert capfd.readouterr().err == ""
    Path("none.jsonl.report.json").unlink()
    assert diff("none.jsonl", "--parent-provided-id", "nobody") == 1
    assert capfd.readouterr().err == (
        "explo-async: error: 'none.jsonl' is empty, and no report says that the list was; export the list anew, with a "
        "report in none.jsonl.report.json beside it\n"
    )


@pytest.mark.parametrize("name", ["old.jsonl", "old.csv"])
def test_a_file_that_was_cut_off_contradicts_its_report(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """What ends between two lines looks whole, and its report tells that it is not."""
    make(name)
    lines = Path(name).read_bytes().splitlines(keepends=True)
    Path(name).write_bytes(b"".join(lines[:-7]))
    assert diff(name, "--json") == 1
    out, err = capfd.readouterr()
    assert '"summary"' not in out
    assert f"'{name}': there are 293 customers, and its report says 300" in err


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("a.jsonl", "FILE and the report cannot be the same; give another --report"),
        ("no/a.json", "there is no folder 'no'"),
    ],
)
def test_a_report_that_cannot_be(report: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    """It is refused before anything is asked for."""
    assert export("a.jsonl", "--report", report) == 2
    assert message in capfd.readouterr().err
    assert list(Path().iterdir()) == []
