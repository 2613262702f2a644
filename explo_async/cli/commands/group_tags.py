"""`group-tags list`, `create`, `rename` and `delete`: the tags of the team."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from explo_async.cli.confirm import confirm
from explo_async.cli.connection import NO_CONNECTION, Connection
from explo_async.cli.options import CallTimeout
from explo_async.cli.stdout import say_what_fits
from explo_async.cli.terminal import tell

Tag = Annotated[str, Parameter(help="Name of the tag.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), show_default=False, help="Print JSON.")]
Yes = Annotated[bool, Parameter(name="--yes", negative=(), show_default=False, help="Do not ask.")]


async def list_tags(
    *, as_json: AsJson = False, timeout: CallTimeout = None, connection: Connection = NO_CONNECTION
) -> None:
    """Print the tags of the team, a line each.

    For example:

    - `explo-async group-tags list`
    - `explo-async group-tags list --json | jq length`
    """
    async with connection.open() as explo:
        tags = await explo.group_tags.list(timeout=timeout)
    say_what_fits(msgspec.json.encode(tags).decode() + "\n" if as_json else "".join(f"{tag}\n" for tag in tags))


async def create_tag(name: Tag, /, *, timeout: CallTimeout = None, connection: Connection = NO_CONNECTION) -> None:
    """Make a tag; it is an error if there is one.

    For example:

    - `explo-async group-tags create managed`
    - `explo-async group-tags create managed --profile testing`
    """
    async with connection.open(writes=True) as explo:
        tell(f"created the tag {await explo.group_tags.create(name, timeout=timeout)!r}")


async def rename_tag(
    name: Tag,
    new_name: Annotated[str, Parameter(help="Its new name.")],
    /,
    *,
    timeout: CallTimeout = None,
    connection: Connection = NO_CONNECTION,
) -> None:
    """Give a tag another name; customers keep it.

    For example:

    - `explo-async group-tags rename sales Sales`
    - `explo-async group-tags rename old new --profile testing`
    """
    async with connection.open(writes=True) as explo:
        tell(f"the tag {name!r} is called {await explo.group_tags.rename(name, new_name, timeout=timeout)!r} now")


async def delete_tag(
    name: Tag, /, *, yes: Yes = False, timeout: CallTimeout = None, connection: Connection = NO_CONNECTION
) -> None:
    """Delete a tag; customers lose it. Asks on a terminal; elsewhere --yes is needed.

    For example:

    - `explo-async group-tags delete sales`
    - `explo-async group-tags delete sales --yes`
    """
    async with connection.open(writes=True) as explo:
        if not yes:
            confirm(f"delete the tag {name!r}: all customers lose it, and with it what it lets them see")
        await explo.group_tags.delete(name, timeout=timeout)
    tell(f"deleted the tag {name!r}")
