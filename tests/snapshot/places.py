"""A place for the snapshots of a test: writing them, and doing to their files what should not be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fsspec
from attrs import define, field

from explo_async.snapshot import open_snapshot, write_snapshot
from tests.helpers.clients import QUICK, client_of

if TYPE_CHECKING:
    from explo_async.emulator import Emulator
    from explo_async.snapshot import Snapshot


@define
class Place:
    """A folder of snapshots, on some store."""

    root: str
    options: dict[str, Any] = field(factory=dict)

    async def write(self, emulator: Emulator, **options: Any) -> Snapshot:
        """Write a snapshot, in pages of 100."""
        async with client_of(emulator, retry=QUICK) as explo:
            usual = {"page_size": 100, "storage_options": self.options}
            return await write_snapshot(explo, self.root, **{**usual, **options})

    def open(self, run: str | None = None) -> Snapshot:
        """Open the newest one, or that of a run."""
        return open_snapshot(f"{self.root}/{run}" if run else self.root, storage_options=self.options)

    def names(self, run: str | None = None) -> set[str]:
        """Tell what is there, or in a run."""
        system, path = self._find(run)
        system.invalidate_cache()
        try:
            return {entry.rstrip("/").rpartition("/")[2] for entry in system.ls(path, detail=False)}
        except FileNotFoundError:
            return set()

    def read(self, name: str) -> bytes:
        """Return the content of a file below the root."""
        system, path = self._find(name)
        content: bytes = system.cat_file(path)
        return content

    def put(self, name: str, content: bytes) -> None:
        """Write a file below the root."""
        system, path = self._find(name)
        system.makedirs(path.rpartition("/")[0], exist_ok=True)
        system.pipe_file(path, content)

    def remove(self, name: str) -> None:
        """Remove a file below the root."""
        system, path = self._find(name)
        system.rm_file(path)

    def change(self, name: str, at: int) -> None:
        """Change one byte of a file."""
        content = bytearray(self.read(name))
        content[at] ^= 1
        self.put(name, bytes(content))

    def _find(self, name: str | None) -> tuple[Any, str]:
        found: tuple[Any, str] = fsspec.core.url_to_fs(f"{self.root}/{name}" if name else self.root, **self.options)
        return found
