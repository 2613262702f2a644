"""The table of formats: which one a name means, and what a missing package says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import pytest

from explo_async.errors import ConfigurationError
from explo_async.files.formats import FORMATS, Format, FormatName, UnknownEnding, find_format


def test_the_choices_are_the_formats() -> None:
    """What a command offers are all formats, in their order."""
    assert get_args(FormatName) == tuple(form.name for form in FORMATS)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_by_ending_and_by_name(form: Format) -> None:
    """A format is found by its file's ending, in any case, and a name given beside it goes first."""
    assert find_format(Path(f"a.b{form.ending}")) is form
    assert find_format(Path(f"A{form.ending.upper()}")) is form
    assert find_format(Path("customers.csv"), form.name) is form


@pytest.mark.parametrize("name", ["customers", "customers.json", "customers.gz", "jsonl"])
def test_no_such_ending(name: str) -> None:
    """An ending that stands for no format is answered with those that do."""
    with pytest.raises(UnknownEnding) as caught:
        find_format(Path("folder.csv") / name)
    assert str(caught.value) == (
        f"{name!r} has none of the endings .jsonl, .jsonl.gz, .jsonl.zst, .csv, .parquet, .sqlite, .duckdb; "
        "name the file so, or give the format by `name`"
    )


def test_no_such_name() -> None:
    """A name that is no format's is told, with those that are, whatever the file's ending."""
    with pytest.raises(ConfigurationError, match="^there is no format 'xlsx'; there are jsonl, .*, duckdb$"):
        find_format(Path("customers.csv"), "xlsx")


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        pytest.param(
            *("jsonl.zst", "backports.zstd", "zstd"),
            marks=pytest.mark.skipif(sys.version_info >= (3, 14), reason="zstd is in the standard library"),
        ),
        ("parquet", "pyarrow", "arrow"),
        ("duckdb", "duckdb", "duckdb"),
    ],
)
def test_missing_package(name: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its package a format says what to install."""
    for module in ("files.arrow_columns", "files.zstd_file", "files.parquet_file", "files.duckdb_file"):
        monkeypatch.delitem(sys.modules, f"explo_async.{module}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigurationError) as caught:
        find_format(Path(f"customers.{name}")).load()
    assert str(caught.value) == (
        f".{name} files need a package that is not installed ({package}); pip install 'explo-async[{extra}]'"
    )


def test_own_fault_is_no_missing_package() -> None:
    """A module of this package that is not there is an error of the package."""
    with pytest.raises(ModuleNotFoundError):
        Format("csv", "no_such_module", "arrow").load()
