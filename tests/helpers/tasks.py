"""Which tasks of a loop are the package's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import explo_async

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

PACKAGE = str(Path(explo_async.__file__).parent)


def is_ours(task: asyncio.Task[Any]) -> bool:
    """Tell whether a task runs code of the package, its emulator apart."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.startswith(PACKAGE) and "emulator" not in code.co_filename


def ours(tasks: Iterable[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Return those that run code of the package."""
    return {task for task in tasks if is_ours(task)}
