"""Compressed JSON Lines: what other tools read, without name and time, and damage that shows."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import pytest

from explo_async.errors import ExportError
from explo_async.files import gzip_file, jsonl_file, zstd_file
from explo_async.record import Record
from tests.helpers.record_strategy import numbered, read_all, written

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.files.formats import FormatModule

both = pytest.mark.parametrize("module", [gzip_file, zstd_file], ids=["gzip", "zstd"])


@both
def test_content(module: FormatModule, tmp_path: Path) -> None:
    """What is compressed is what a file of JSON Lines has."""
    written(module, numbered(100), tmp_path / "compressed")
    written(jsonl_file, numbered(100), tmp_path / "plain")
    decompress = gzip.decompress if module is gzip_file else zstd.decompress
    assert decompress((tmp_path / "compressed").read_bytes()) == (tmp_path / "plain").read_bytes()


def test_gzip_header(tmp_path: Path) -> None:
    """A gzip file tells neither when it was made nor its name."""
    written(gzip_file, [Record("a")], tmp_path / "customers.jsonl.gz")
    flags_and_time = (tmp_path / "customers.jsonl.gz").read_bytes()[3:8]
    assert flags_and_time == bytes(5)


def test_zstd_header(tmp_path: Path) -> None:
    """A zstd file says that its end is a checksum, by bit 2 of the byte after the magic number (RFC 8878)."""
    written(zstd_file, [Record("a")], tmp_path / "customers.jsonl.zst")
    assert (tmp_path / "customers.jsonl.zst").read_bytes()[4] & 0b100


@both
def test_damage_shows(module: FormatModule, tmp_path: Path) -> None:
    """One bit that is not as it was is told."""
    path = tmp_path / "customers"
    written(module, numbered(3000), path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ExportError):
        read_all(module, path)


@both
def test_what_is_appended_is_read(module: FormatModule, tmp_path: Path) -> None:
    """Files put together are a file, as their formats have it."""
    path = tmp_path / "customers"
    written(module, [Record("a")], path)
    path.write_bytes(path.read_bytes() * 2)
    assert read_all(module, path) == [Record("a"), Record("a")]


@both
def test_lines_are_told(module: FormatModule, tmp_path: Path) -> None:
    """A line that is no customer is told by its number."""
    path = tmp_path / "customers"
    compress = gzip.compress if module is gzip_file else zstd.compress
    path.write_bytes(compress(b'{"provided_id":"a"}\n{"provided_id":7}\n'))
    with pytest.raises(ExportError, match="': line 2: provided_id is a number, not a string; "):
        read_all(module, path)


@both
@pytest.mark.parametrize(("part", "what"), [(0, "it is cut off"), (0.5, "it is cut off"), (None, "it is no ")])
def test_why(module: FormatModule, part: float | None, what: str, tmp_path: Path) -> None:
    """What was cut off is told from what never was such a file."""
    path = tmp_path / "customers"
    written(module, numbered(3000), path)
    whole = path.read_bytes()
    path.write_bytes(b"x" * 100 if part is None else whole[: int(part * len(whole))])
    with pytest.raises(ExportError, match=f"': {what}"):
        read_all(module, path)
