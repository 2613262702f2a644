"""Whose failure it is: aiohttp's, or that of the caller's code that aiohttp runs, as a trace or a middleware. Pure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

_PACKAGES = {
    "aiodns",
    "aiohappyeyeballs",
    "aiohttp",
    "aiosignal",
    "explo_async",
    "frozenlist",
    "multidict",
    "propcache",
    "uvloop",
    "yarl",
}
"""This package, aiohttp, and what aiohttp calls."""


def is_of_caller(error: BaseException) -> bool:
    """Tell whether an error was raised in code of the caller's.

    The last frame tells that is not one of the standard library, which everybody calls.
    """
    frames = [frame for frame in _frames(error.__traceback__) if not _is_standard(*frame)]
    return bool(frames) and frames[-1][0].partition(".")[0] not in _PACKAGES


def _frames(traceback: TracebackType | None) -> list[tuple[str, str]]:
    """List the module and the file of each frame."""
    frames = []
    while traceback is not None:
        frame = traceback.tb_frame
        frames.append((str(frame.f_globals.get("__name__")), frame.f_code.co_filename))
        traceback = traceback.tb_next
    return frames


def _is_standard(module: str, file: str) -> bool:
    return file.startswith(("<frozen ", *_standard())) and "site-packages" not in file and module != "__main__"


@cache
def _standard() -> set[str]:
    import sysconfig  # noqa: PLC0415 -- only for failures that aiohttp does not know

    return {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
