"""`serve`: a local Explo in the terminal."""

import asyncio
import contextlib
import math
import shlex
from random import Random
from time import strftime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from cyclopts import Parameter
from cyclopts.validators import Number

from explo_async.cli.exits import CommandError
from explo_async.cli.options import USUAL_CUSTOMERS, USUAL_LATENCY, WHOLE, Latency
from explo_async.cli.stdout import say
from explo_async.cli.terminal import write_line
from explo_async.configuration import BASE_URL_VARIABLE, TOKEN_VARIABLE, resolve_token
from explo_async.emulator import EARLIER, Behaviour, Changes, Dialect, Emulator
from explo_async.emulator.quota import DOCUMENTED
from explo_async.emulator.request_log import Seen


def _check_behaviour(_: object, words: list[str] | None) -> None:
    Behaviour.parse(words or ())


async def serve(  # noqa: PLR0913 -- each is an option
    *,
    customers: Annotated[
        int, WHOLE, Parameter(validator=Number(gte=0), help="How many synthetic ones.")
    ] = USUAL_CUSTOMERS,
    port: Annotated[int, WHOLE, Parameter(validator=Number(gte=0, lte=65_535), help="0: any free one.")] = 0,
    latency: Latency = USUAL_LATENCY,
    jitter: Annotated[float, Parameter(validator=Number(gte=0), help="Random seconds on top, at most.")] = 0.0,
    quota: Annotated[
        bool, Parameter(help=f"Answer 429 beyond {DOCUMENTED.requests} requests in {DOCUMENTED.per:g} s.")
    ] = True,
    seed: Annotated[int, WHOLE, Parameter(help="The same seed, the same customers.")] = 0,
    changes: Annotated[
        int,
        WHOLE,
        Parameter(validator=Number(gte=0), help="Rename, delete and add so many: something to compare with."),
    ] = 0,
    changes_per_second: Annotated[
        float, Parameter(validator=Number(gte=0, lt=math.inf), help="Insert, delete and rename at random all the time.")
    ] = 0.0,
    one_snapshot: Annotated[
        bool, Parameter(negative=(), help="Count and rows of a page are of one moment, unlike at a Django site.")
    ] = False,
    token: Annotated[str, Parameter(help="What clients have to show; opens nothing else.")] = "emulator-token",  # noqa: S107 -- made up
    dialect: Annotated[
        Literal["snake", "camel"], Parameter(help="Today's documented form, or the earlier one.")
    ] = "snake",
    behaviour: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            show_default=False,
            validator=_check_behaviour,
            help="SWITCH=SETTING for what Explo's documentation of writes leaves open, such as objects=merge.",
        ),
    ] = None,
    log: Annotated[
        bool, Parameter(negative=(), show_default=False, help="A line on standard error for each request.")
    ] = False,
) -> None:
    """Run a local Explo with synthetic customers until Ctrl-C.

    For example:

    - `explo-async serve --customers 100000 --no-quota`
    - `explo-async serve --port 8000 --dialect camel`
    - `explo-async serve --changes 2` after an export, for `explo-async customers diff`
    - `explo-async serve --changes-per-second 10`, to fetch a list that never stands still
    - `explo-async serve --behaviour emails=append --behaviour missing_slash=301`
    """
    emulator = Emulator(
        customers,
        port=port,
        latency=latency,
        jitter=jitter,
        quota=DOCUMENTED if quota else None,
        seed=seed,
        token=resolve_token(token, {}),
        dialect=EARLIER if dialect == "camel" else Dialect(),
        changes=Changes(changes_per_second, seed=seed) if changes_per_second else None,
        one_snapshot=one_snapshot,
        behaviour=Behaviour.parse(behaviour or ()),
    )
    _change(emulator, changes)
    if log:
        emulator.on_answer = _log
    async with contextlib.AsyncExitStack() as scope:
        try:
            await scope.enter_async_context(emulator)
        except OSError as error:
            msg = f"cannot listen on port {port}: {error.strerror}; give another --port, or 0 for any free one"
            raise CommandError(msg) from error
        limit = f"{DOCUMENTED.requests} requests in {DOCUMENTED.per:g} s" if quota else "no quota"
        say(
            f"Explo emulator at {emulator.url}, token {token}\n"
            f"{customers:,} customers, latency {latency:g} s, {limit}. Ctrl-C ends it.\n"
            "\n"
            "Paste into another terminal:\n"
            "\n"
            f"export {BASE_URL_VARIABLE}={emulator.url}\n"
            f"export {TOKEN_VARIABLE}={shlex.quote(token)}\n"
            "explo-async customers count\n"
        )
        await asyncio.Event().wait()


def _log(seen: Seen) -> None:
    """Write a line in the manner of web servers, with the method where it is no GET."""
    query = f"?{urlencode(seen.query)}" if seen.query else ""
    seconds = asyncio.get_running_loop().time() - seen.at
    ended = "no answer" if seen.status is None else str(seen.status)
    method = "" if seen.method == "GET" else f"{seen.method} "
    write_line(f"{strftime('%H:%M:%S')} {method}{quote(seen.path)}{query} {ended} {1000 * seconds:.0f} ms")


def _change(emulator: Emulator, changes: int) -> None:
    """Change the list as a week of work would, each time in the same way."""
    ids = emulator.provided_ids
    places = Random(changes).sample(range(len(ids)), min(2 * changes, len(ids)))  # noqa: S311 -- the same for the same
    for place in places[::2]:
        emulator.change(ids[place], name=f"Renamed {place}")
    for place in places[1::2]:
        emulator.delete(ids[place])
    for _ in range(changes):
        emulator.add()
