"""`customers apply`: writes what a plan says."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from explo_async.cli.advice import reword
from explo_async.cli.apply_bar import drawing
from explo_async.cli.confirm import confirm
from explo_async.cli.connection import NO_CONNECTION, Connection
from explo_async.cli.exits import APPLIED_IN_PART, REFUSED, BrokenOffError, ToldError
from explo_async.cli.options import Quiet
from explo_async.cli.stdout import say_what_fits
from explo_async.cli.terminal import tell
from explo_async.errors import ConfigurationError, PlanRefused
from explo_async.reconcile.apply import ApplyRun, apply
from explo_async.reconcile.plan import Plan

GOOD = ("done", "already")
"""The outcomes after which nothing is left to do."""


async def apply_plan(
    plan: Annotated[
        Path | None, Parameter(help="A plan, from `customers plan --out`; not needed with --resume.")
    ] = None,
    /,
    *,
    journal: Annotated[
        Path | None, Parameter(help="New file that says what was done; by default the plan's name with .journal.")
    ] = None,
    resume: Annotated[Path | None, Parameter(help="The journal of an apply that broke off, to go on with it.")] = None,
    allow_deletes: Annotated[int | None, Parameter(help="How many deletes you have looked at and allow.")] = None,
    audit: Annotated[Path | None, Parameter(help="File to add a line to for each item: what was, and what is.")] = None,
    yes: Annotated[bool, Parameter(negative=(), show_default=False, help="Do not ask.")] = False,
    as_json: Annotated[
        bool, Parameter(name="--json", negative=(), show_default=False, help="Print each item as JSON.")
    ] = False,
    connection: Connection = NO_CONNECTION,
    quiet: Quiet = False,
) -> None:
    """Write what a plan says, each item once, and leave alone what is not as it was planned for.

    Asks on a terminal; elsewhere --yes is needed. The exit code is 0 when all is as wanted, 5 when a part of it is, and
    4 when the plan is refused, before anything is written. After Ctrl-C, or a failure, --resume goes on.

    For example:

    - `explo-async customers apply plan.json`
    - `explo-async customers apply plan.json --allow-deletes 7 --audit audit.jsonl --yes`
    - `explo-async customers apply --resume plan.json.journal`
    """
    if plan is None and resume is None:
        msg = "apply needs a plan, or --resume with a journal"
        raise ConfigurationError(msg)
    if resume is not None and journal is not None:
        msg = "--resume names the journal already"
        raise ConfigurationError(msg, advice="leave --journal out")
    counts: Counter[str] = Counter()
    try:
        path = resume or journal or _beside(plan)
        if plan is not None and not yes:
            read = Plan.read(plan)
            writes = f"{len(read.creates)} creates, {len(read.updates)} updates and {len(read.deletes)} deletes"
            confirm(f"{writes} at {read.origin}")
        async with connection.open(writes=True) as explo:
            run = apply(
                explo,
                plan,
                journal=path,
                allow_deletes=allow_deletes,
                resume=resume is not None,
                audit=audit,
                profile=connection.profile_name,
            )
            async with run:
                await _follow(run, counts, path, as_json=as_json, quiet=quiet)
    except PlanRefused as error:
        tell(f"refused: {reword(error, apply_plan)}")
        raise ToldError(REFUSED) from None
    except OSError as error:
        msg = f"{error.filename or 'a file'} cannot be used: {error.strerror or error}"
        raise ConfigurationError(msg) from None
    if not quiet:
        tell(", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items())) or "nothing to do")
    if any(outcome not in GOOD for outcome in counts):
        raise ToldError(APPLIED_IN_PART)


async def _follow(run: ApplyRun, counts: Counter[str], journal: Path, *, as_json: bool, quiet: bool) -> None:
    """Take in the items as they end, and show them."""
    with drawing(run, counts, quiet=quiet):
        try:
            async for item in run:
                counts[item.outcome] += 1
                if as_json:
                    line = {
                        "kind": item.kind,
                        "provided_id": item.provided_id,
                        "outcome": item.outcome,
                        "detail": item.detail,
                    }
                    say_what_fits(msgspec.json.encode(line).decode() + "\n")
                elif item.outcome not in GOOD:
                    why = f": {item.detail}" if item.detail else ""
                    tell(f"{item.kind} {item.provided_id!r:.60}: {item.outcome}{why}")
        except BaseException as error:
            rest = run.total - run.ended
            left = f"{rest:,} items are left; go on with: explo-async customers apply --resume {journal}"
            if isinstance(error, Exception):
                error.add_note(left)
                raise
            msg = f"broken off: {left}"
            raise BrokenOffError(msg) from None


def _beside(plan: Path | None) -> Path:
    assert plan is not None  # noqa: S101 -- checked before
    return plan.with_name(f"{plan.name}.journal")
