"""The `explo-async` command (extra `cli`)."""

from __future__ import annotations

import gc
import sys

from explo_async.extras import install_hint


def main() -> int:
    """Run the command with the arguments of this process and return its exit code."""
    try:
        # Only here can a missing package be told in one line.
        from explo_async.cli.app import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"cyclopts", "platformdirs", "rich"}:
            raise
        hint = install_hint("cli")
        sys.stderr.write(f"explo-async: error: the command needs more packages; install them with: {hint}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    calm_collector()
    return run(sys.argv[1:])


def calm_collector() -> None:
    """Let the cyclic collector come less often, and pass over what was imported: pages come and go without cycles."""
    gc.freeze()
    young, *older = gc.get_threshold()
    gc.set_threshold(100 * young, *older)
