"""From the options to a client: where the token comes from, and what is wrong with it."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import sys
from typing import TYPE_CHECKING

from attrs import field, frozen

from explo_async.cli.options import STREAM
from explo_async.cli.quotas import choose_quota
from explo_async.cli.terminal import tell
from explo_async.client import ExploClient
from explo_async.configuration import TOKEN_VARIABLE, resolve_token
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY
from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.cli.options import Sharing

MOST_BYTES = 10_000
"""More than any token has; a file such as /dev/zero has no end."""


@frozen
class FoundToken:
    """The team's token, from which place it is, and what to warn of."""

    value: str = field(repr=False)
    source: str
    warning: str | None = None


def open_client(
    base_url: str | None,
    token_file: Path | None,
    sharing: Sharing,
    *,
    max_concurrency: int = DEFAULT_MAX_CONCURRENCY,
    quiet: bool = False,
    token: str | None = None,
) -> ExploClient:
    """Return a client for what the options say; warn on standard error of a token file that others can read.

    Warn as well, unless it is to be `quiet`, where the user's own file for the quota cannot be used. Raises
    `ConfigurationError` where they, or the environment, give no token, address or quota that could be used.
    """
    if token is None:
        found = find_token(token_file)
        if found.warning:
            tell(f"warning: {found.warning}")
        token = found.value
    chosen = choose_quota(sharing)
    if chosen.warning and not quiet:
        tell(f"warning: {chosen.warning}")
    return ExploClient(
        token,
        base_url=base_url,
        max_concurrency=max_concurrency,
        rate_limit=chosen.rate_limit,
        trust_env=True,
    )


def find_token(token_file: Path | None) -> FoundToken:
    """Take the token from the file if one is named, else from the environment.

    Raises `ConfigurationError` where there is none.
    """
    if token_file is not None:
        return _read(token_file)
    if TOKEN_VARIABLE not in os.environ:
        msg = f"no token: set {TOKEN_VARIABLE} or give --token-file"
        raise ConfigurationError(msg, advice="`explo-async serve` gives one to try with")
    return FoundToken(resolve_token(None, os.environ), TOKEN_VARIABLE)


def _read(path: Path) -> FoundToken:
    source, mode = "standard input", 0
    try:
        if str(path) == STREAM:
            content = _read_stdin()
        else:
            source = f"the token file {shlex.quote(str(path))}"
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                content = file.read(MOST_BYTES + 1)
    except OSError as error:
        # Not by its name, which may be the token itself, given by mistake.
        msg = f"cannot read the file of --token-file: {error.strerror}"
        raise ConfigurationError(msg, advice="name a file that holds the token alone") from None
    try:
        text = content.decode() if len(content) <= MOST_BYTES else None
    except UnicodeDecodeError:
        text = None
    if text is None:
        msg = f"{source} is not a text of one line"
        raise ConfigurationError(msg, advice="put the token alone into it")
    try:
        token = resolve_token(text.removesuffix("\n").removesuffix("\r"), {})
    except ConfigurationError as error:
        msg = error.what.replace("the argument `token`", source)
        raise ConfigurationError(msg, advice=error.advice) from None
    open_to_others = os.name == "posix" and stat.S_ISREG(mode) and mode & 0o077
    warning = f"{source} is open to others; run: chmod 600 {shlex.quote(str(path))}" if open_to_others else None
    return FoundToken(token, source, warning)


def _read_stdin() -> bytes:
    if sys.stdin is None:
        msg = "standard input is closed"
        raise ConfigurationError(msg, advice="write the token alone into it")
    # The event loop waits meanwhile, and would hear of Ctrl-C no sooner than at the end of the input.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    finally:
        signal.signal(signal.SIGINT, handler)
