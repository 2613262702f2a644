"""What is said of a command line that cannot be understood."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cyclopts import (
    CoercionError,
    CycloptsError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)

from explo_async.configuration import TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS: dict[object, str] = {
    int: "a whole number",
    int | None: "a whole number",
    float: "a number",
    bool: "true or false",
}
"""What can be typed for a value of these types."""


def explain(error: CycloptsError, arguments: Sequence[str]) -> str:
    """Word an error of cyclopts' for the person who typed these arguments."""
    unexpected = UnknownOptionError | UnknownCommandError | UnusedCliTokensError | ValidationError
    words = {argument.partition("=")[0] for argument in arguments}
    if isinstance(error, unexpected) and "--token" in words and "serve" not in words:
        reason = "there is no --token, as a command line shows in `ps` and in the history"
        return f"{reason}: set {TOKEN_VARIABLE} or give --token-file"
    if isinstance(error, UnusedCliTokensError):
        return f"more arguments than expected: {shlex.join(error.unused_tokens or ())}"
    if isinstance(error, CoercionError) and error.token and error.target_type in KINDS:
        return f"{error.token.keyword} must be {KINDS[error.target_type]}, not {shlex.quote(error.token.value)}"
    return str(error)
