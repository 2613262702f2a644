"""What can be wrong with the files of a run; each function does it, and returns what the error has to say."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

DAMAGED = 3
"""The number of the file."""


def flip_byte(_: Any, run: Path) -> str:
    """Change one byte of a file."""
    file = run / f"part-{DAMAGED:05}.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return f"{file.name}' was changed after it had been written"


def remove_file(_: Any, run: Path) -> str:
    """Remove a file."""
    (run / f"part-{DAMAGED:05}.parquet").unlink()
    return f"part-{DAMAGED:05}.parquet' is missing"


def remove_file_later(frame: Any, run: Path) -> str:
    """Remove a file after a first query, which was planned with it."""
    frame.count()
    return remove_file(frame, run)


def swap_certificate(_: Any, run: Path) -> str:
    """Put everything into the folder of another run."""
    name = "run=20200101T000000Z-0000"
    run.rename(run.with_name(name))
    return f"{name}/_certificate.json' is the certificate of another run, {run.name}"


def add_file(_: Any, run: Path) -> str:
    """Put a file beside those of the certificate."""
    shutil.copy(run / "part-00000.parquet", run / "part-99999.parquet")
    return "part-99999.parquet' is not in the certificate"


DAMAGES = (flip_byte, remove_file, remove_file_later, swap_certificate, add_file)
