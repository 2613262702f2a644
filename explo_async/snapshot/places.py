"""Folders through fsspec: on this machine, in an object store, or wherever else a file system of fsspec reaches.

An object store has no rename, and may show half of an upload that failed: each file is put in one piece, and what a
run's certificate does not name does not count.
"""

from __future__ import annotations

import contextlib
import os
import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
from attrs import field, frozen
from fsspec.implementations.local import LocalFileSystem

from explo_async.errors import ConfigurationError, SnapshotError
from explo_async.files.disk import sync
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Address = str | PathLike[str]
"""A folder of this machine, or an address such as `s3://bucket/customers`."""
_TOO_FEW_SLASHES = re.compile(r"[a-z][a-z0-9+]+:/?(?!/)")
"""What would be a folder of this machine, and was hardly meant so."""
_EXAMPLE = "give a folder, or an address such as s3://bucket/customers"


@frozen
class Folder:
    """A folder, and how to get at it; every method may be called from any thread.

    What the store refuses is raised as `SnapshotError` with the address of the file, save for a file that is not there,
    FileNotFoundError.
    """

    system: Any = field(repr=False)
    """The file system of fsspec; its options may hold credentials."""
    path: str
    """Within that system."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return isinstance(self.system, LocalFileSystem)

    @property
    def address(self) -> str:
        """Where it is, as others can open it: a plain path on this machine, else with its protocol."""
        return self.address_of()

    def address_of(self, name: str | None = None) -> str:
        """Return where a file of it is."""
        path = self.path if name is None else f"{self.path}/{name}"
        return path if self.is_local else str(self.system.unstrip_protocol(path))

    def inner(self, name: str) -> Folder:
        """Return a folder within it."""
        return Folder(self.system, f"{self.path}/{name}")

    def sizes(self) -> dict[str, int | None]:
        """Return the names in it and the bytes of each file, None for a folder; nothing for one that is not there."""
        with self._telling("look into"):
            # Listings are kept by fsspec: others write to the same folder.
            self.system.invalidate_cache()
            try:
                entries = self.system.ls(self.path, detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return {}
            found = {}
            for entry in entries:
                path = entry["name"].rstrip("/")
                # An object store may have an object of the folder's own name.
                if path != self.path.rstrip("/"):
                    found[path.rpartition("/")[2]] = entry["size"] if entry["type"] == "file" else None
            return found

    def make(self, *, secret: bool) -> None:
        """Make it, with its parents; `secret` on this machine lets nobody else look into it.

        An object store has no folders: one is there once it has a file.
        """
        with self._telling("make"):
            if self.is_local:
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
                Path(self.path).mkdir(0o700 if secret else 0o777)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        with self._telling("read", name):
            try:
                content: bytes = self.system.cat_file(f"{self.path}/{name}")
            except (NotADirectoryError, IsADirectoryError):
                raise FileNotFoundError(self.address_of(name)) from None
            return content

    def put(self, name: str, content: bytes) -> None:
        """Write a file in one piece; on this machine it is on the disk then, and under its name only when whole."""
        with self._telling("write", name):
            if not self.is_local:
                self.system.pipe_file(f"{self.path}/{name}", content)
                return
            unfinished = Path(self.path, f".{name}.new")
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(Path(self.path, name))
            sync(Path(self.path))

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, in this order, then the folder with all that is left in it."""
        for name in names:
            with self._telling("remove", name), contextlib.suppress(FileNotFoundError):
                self.system.rm_file(f"{self.path}/{name}")
        with self._telling("remove"), contextlib.suppress(FileNotFoundError):
            self.system.invalidate_cache()
            self.system.rm(self.path, recursive=True)

    @contextlib.contextmanager
    def _telling(self, what: str, name: str | None = None) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except ImportError as error:
            raise _not_installed(self.address, error) from None
        # Each file system of fsspec lets the errors of its own libraries through.
        except Exception as error:
            file = self.address_of(name)
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            said = f"cannot {what} {file!r}: {one_line(str(reason)) or type(error).__name__}"
            advice = "see that the place is reachable and that you may use it so"
            raise SnapshotError(said, file=file, advice=advice) from error


def open_folder(address: Address, storage_options: Mapping[str, Any] | None = None) -> Folder:
    """Return the folder at an address; nothing is asked of a store yet.

    Raises `ConfigurationError` for an address that no file system is known for, or none that is installed.
    """
    given = os.fspath(address)
    if not given or _TOO_FEW_SLASHES.match(given):
        msg = f"{given!r} has a slash too few" if given else "the address of the snapshots is empty"
        raise ConfigurationError(msg, advice=_EXAMPLE)
    try:
        system, path = fsspec.core.url_to_fs(given, **(storage_options or {}))
    except ImportError as error:
        raise _not_installed(given, error) from None
    except ValueError as error:
        msg = f"{given!r} is no address that fsspec knows: {one_line(str(error))}"
        raise ConfigurationError(msg, advice=_EXAMPLE) from None
    return Folder(system, path.rstrip("/"))


def _not_installed(address: str, error: ImportError) -> ConfigurationError:
    # fsspec says which package: "Install s3fs to access S3".
    what = f"{address!r} needs a package that is not installed: {one_line(str(error))}"
    return ConfigurationError(what, advice="install it beside explo-async")
