"""Folders through fsspec: what its file systems raise, and what becomes of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async import ConfigurationError, SnapshotError
from explo_async.snapshot.layout import CERTIFICATE
from explo_async.snapshot.places import open_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_no_file_is_not_there(tmp_path: Path) -> None:
    """A folder of the certificate's name is no certificate, and neither is what lies behind a file."""
    (tmp_path / CERTIFICATE).mkdir()
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(FileNotFoundError):
            open_folder(folder).read(CERTIFICATE)


def test_a_package_that_is_missed_later_is_named_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems import what they need at the first request."""

    def miss(*_: object, **__: object) -> None:
        msg = "Install kerchunk to read this"
        raise ImportError(msg)

    folder = open_folder("memory:///somewhere")
    monkeypatch.setattr(type(folder.system), "cat_file", miss)
    with pytest.raises(
        ConfigurationError, match="needs a package that is not installed: Install kerchunk to read this"
    ):
        folder.read("a")


def test_any_error_of_a_store_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one without words, which is told by its kind."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError

    folder = open_folder("memory:///somewhere")
    monkeypatch.setattr(type(folder.system), "pipe_file", fail)
    with pytest.raises(SnapshotError, match="cannot write 'memory:///somewhere/a': ValueError; see that the place"):
        folder.put("a", b"")


def test_options_are_not_shown(tmp_path: Path) -> None:
    """They may be credentials."""
    assert "auto_mkdir" not in repr(open_folder(tmp_path, {"auto_mkdir": True}))
