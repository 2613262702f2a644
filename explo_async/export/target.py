"""The file that an export makes: whole under its name, or not there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from explo_async.errors import ConfigurationError, ExportError
from explo_async.files.disk import sync
from explo_async.files.formats import JSON_LINES

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from explo_async.export.part import Part
    from explo_async.files.formats import Format
    from explo_async.files.origin import Origin


def check_place(target: Path) -> None:
    """Raise `ConfigurationError` for a place where no file can be made."""
    if not target.parent.is_dir():
        msg = f"there is no folder {str(target.parent)!r}"
        raise ConfigurationError(msg, advice="make it first")
    if target.exists() and not target.is_file():
        msg = f"{str(target)!r} is there, and is no file"
        raise ConfigurationError(msg, advice="name a file")


def check_target(target: Path, *, overwrite: bool) -> None:
    """Raise `ExportError` where there is a file already that may not be replaced."""
    if target.exists() and not overwrite:
        msg = f"{str(target)!r} exists"
        raise ExportError(msg, file=str(target), advice="name another file, or replace it with overwrite=True")


def make_target(
    part: Part, target: Path, form: Format, *, secret: bool, origin: Origin | None = None
) -> Generator[int, None, None]:
    """Turn a complete part file into the target and clean up; each step tells how many customers are written.

    Raises OSError where the disk refuses, and what the format's `load` and `write` raise.
    """
    # A folder that nobody else can look into, for the side files that a database makes too.
    workshop = part.workshop
    finished = part.path if form is JSON_LINES else workshop / target.name
    if finished.exists() or not part.is_placing:
        if form is not JSON_LINES:
            shutil.rmtree(workshop, ignore_errors=True)
            workshop.mkdir(0o700)
            yield from form.write_log(part.path, finished, with_tokens=secret, origin=origin)
        if secret:
            finished.chmod(0o600)
        sync(finished)
        part.place()
        finished.replace(target)
        sync(target.parent)
    shutil.rmtree(workshop, ignore_errors=True)
    part.remove()
