"""The command line: which words run what, and which exit code each end has."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import (
    App,
    CycloptsError,
    Parameter,
)
from rich.console import Console
from rich.theme import Theme

from explo_async.cli import exits, stdout
from explo_async.cli.advice import reword
from explo_async.cli.commands.customers_apply import apply_plan
from explo_async.cli.commands.customers_diff import diff_customers
from explo_async.cli.commands.customers_export import export_customers
from explo_async.cli.commands.customers_list import count_customers, list_customers
from explo_async.cli.commands.customers_mirror import mirror_customers
from explo_async.cli.commands.customers_one import (
    create_customer,
    delete_customer,
    get_customer,
    refresh_token,
    update_customer,
)
from explo_async.cli.commands.customers_plan import plan_customers
from explo_async.cli.commands.customers_snapshot import snapshot_customers
from explo_async.cli.commands.customers_watch import watch_customers
from explo_async.cli.commands.demo import demo
from explo_async.cli.commands.doctor import doctor
from explo_async.cli.commands.group_tags import create_tag, delete_tag, list_tags, rename_tag
from explo_async.cli.commands.quota import quota
from explo_async.cli.commands.serve import serve
from explo_async.cli.commands.snapshots import list_runs, prune_runs, verify_run
from explo_async.cli.terminal import is_terminal, tell
from explo_async.cli.wrong_usage import explain
from explo_async.configuration import TOKEN_VARIABLE
from explo_async.errors import ConfigurationError, ExploError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from inspect import BoundArguments


VERSION = ("--version", "-V")
ASKED = {"--help", "-h", *VERSION}
"""What ends well without running a command; help that nobody asked for is the answer to a missing word."""


def find_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("explo-async")
    except PackageNotFoundError:
        return "unknown (not installed)"


app: App = App(
    name="explo-async",
    version=find_version,
    version_flags=VERSION,
    help="""Fetch the customers of your team at Explo: all of them, or a clear error.

For example:

- `explo-async demo` shows it at work, without network or token
- `explo-async doctor` checks token, address and network
- `explo-async customers list > customers.jsonl`
""",
)
customers: App = App(
    name="customers",
    version=find_version,
    version_flags=VERSION,
    help=f"""List, count, export, keep, mirror, compare, watch or change the customers.

The token comes from {TOKEN_VARIABLE} or --token-file, never from the command line.

For example:

- `explo-async customers list > customers.jsonl`
- `explo-async customers count`
- `explo-async customers export customers.parquet`
- `explo-async customers snapshot snapshots`
- `explo-async customers mirror sqlite:///tenants.db`
- `explo-async customers diff customers.parquet`
- `explo-async customers watch --every 15m --state watch.sqlite`
- `explo-async customers plan tenants.csv --out plan.json`
""",
)
group_tags: App = App(
    name="group-tags",
    version=find_version,
    version_flags=VERSION,
    help=f"""List, create, rename or delete the group tags of the team.

The token comes from {TOKEN_VARIABLE}, --token-file or --profile, never from the command line.

For example:

- `explo-async group-tags list`
- `explo-async group-tags create managed`
""",
)
snapshots: App = App(
    name="snapshots",
    version=find_version,
    version_flags=VERSION,
    help="""List, verify or prune what `explo-async customers snapshot` has written (extra `snapshot`).

No token is needed, and nothing is sent to Explo.

For example:

- `explo-async snapshots list snapshots`
- `explo-async snapshots verify snapshots`
- `explo-async snapshots prune snapshots --keep 7`
""",
)
app.command(demo)
app.command(customers)
app.command(group_tags)
app.command(snapshots)
app.command(serve)
app.command(doctor)
# By itself an argument that may be left out would be called ARGS.
app.command(quota, usage="Usage: explo-async quota [OPTIONS] [STORE]")
customers.command(list_customers, name="list")
customers.command(count_customers, name="count")
customers.command(export_customers, name="export")
customers.command(snapshot_customers, name="snapshot")
customers.command(mirror_customers, name="mirror")
customers.command(diff_customers, name="diff", usage="Usage: explo-async customers diff [OPTIONS] OLD [NEW]")
customers.command(get_customer, name="get")
customers.command(create_customer, name="create")
customers.command(update_customer, name="update")
customers.command(delete_customer, name="delete")
customers.command(refresh_token, name="refresh-token")
customers.command(plan_customers, name="plan")
customers.command(apply_plan, name="apply", usage="Usage: explo-async customers apply [OPTIONS] [PLAN]")
customers.command(watch_customers, name="watch")
group_tags.command(list_tags, name="list")
group_tags.command(create_tag, name="create")
group_tags.command(rename_tag, name="rename")
group_tags.command(delete_tag, name="delete")
snapshots.command(list_runs, name="list")
snapshots.command(verify_run, name="verify")
snapshots.command(prune_runs, name="prune")


@app.command
async def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="Which one the script is for.")], /
) -> None:
    """Print the script that lets a shell complete words of this command.

    For example:

    - `source <(explo-async completion bash)` in ~/.bashrc
    - `explo-async completion zsh > "${fpath[1]}/_explo-async"`
    - `explo-async completion fish > ~/.config/fish/completions/explo-async.fish`
    """
    stdout.say_what_fits(app.generate_completion(shell=shell))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _break_off("interrupted", exits.INTERRUPTED)
    except exits.BrokenOffError as left:
        return _break_off(str(left), left.code)
    finally:
        stdout.abandon()


def _run(arguments: Sequence[str]) -> int:
    # Made for each run, as it takes the width now. By rich a word of code is on black, whatever the background.
    console = Console(theme=Theme({"markdown.code": "bold cyan"}))
    try:
        command, bound, _ = app.parse_args(arguments, console=console, exit_on_error=False, print_error=False)
        if iscoroutinefunction(command):
            return _run_to_end(command, bound)
        # cyclopts' own: help and version.
        with console.capture() as printed:
            command(*bound.args, **bound.kwargs)
        stdout.say_what_fits(printed.get())
    except CycloptsError as error:
        return _fail(exits.WRONG_USAGE, explain(error, arguments))
    except exits.CommandError as error:
        return _fail(exits.FAILED, str(error))
    except exits.ToldError as end:
        return end.code
    except BrokenPipeError:
        # Whoever reads has enough.
        return exits.OK
    except OSError as error:
        return _fail(exits.FAILED, f"cannot write the output: {error.strerror or error}")
    return exits.OK if ASKED & set(arguments) else exits.WRONG_USAGE


def _run_to_end(command: Callable[..., Coroutine[None, None, None]], given: BoundArguments) -> int:
    try:
        exits.run_to_end(command(*given.args, **given.kwargs))
    except ExploError as error:
        code = exits.WRONG_USAGE if isinstance(error, ConfigurationError) else exits.FAILED
        # The notes are the command's own.
        return _fail(code, "; ".join([str(reword(error, command)), *getattr(error, "__notes__", ())]))
    return exits.OK


def _break_off(what: str, code: int) -> int:
    if is_terminal(sys.stderr):
        # Leaves the line with the terminal's ^C.
        sys.stderr.write("\n")
    tell(what)
    return code


def _fail(code: int, reason: str) -> int:
    tell(f"error: {reason}")
    return code
