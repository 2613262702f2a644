"""Asks a person before something is written that cannot be undone."""

from __future__ import annotations

import sys

from explo_async.cli.exits import REFUSED, ToldError
from explo_async.cli.terminal import is_terminal, tell
from explo_async.errors import ConfigurationError


def confirm(what: str) -> None:
    """Ask on the terminal; raises `ToldError` for a no, `ConfigurationError` where nobody can be asked."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        msg = "nobody can be asked: standard input or standard error is no terminal"
        raise ConfigurationError(msg, advice="give --yes if it is meant")
    tell(what)
    sys.stderr.write("explo-async: go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        tell("nothing was written")
        raise ToldError(REFUSED)
