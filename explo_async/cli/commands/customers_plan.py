"""`customers plan`: what would have to be written. Sends reads alone."""

from pathlib import Path
from typing import Annotated

import msgspec
from attrs import asdict, frozen
from cyclopts import Parameter

from explo_async.cli.advice import reword
from explo_async.cli.commands.plan_report import report_lines
from explo_async.cli.connection import NO_CONNECTION, Connection
from explo_async.cli.exits import DIFFERENT, REFUSED, ToldError
from explo_async.cli.options import Quiet
from explo_async.cli.progress_bar import watching
from explo_async.cli.stdout import say_what_fits
from explo_async.cli.terminal import tell
from explo_async.errors import ConfigurationError, PlanRefused
from explo_async.reconcile.make import make_plan
from explo_async.reconcile.policy import Policy
from explo_async.reconcile.read import read_desired
from explo_async.reconcile.scope import Scope
from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES

_SCOPES = ("group_tag", "parent_provided_id", "hierarchy_level", "provided_ids")


@Parameter(name="*")
@frozen(kw_only=True)
class Limits:
    """What a plan may do without being asked."""

    max_deletes: Annotated[int, Parameter(help="More deletes than this and than the share are refused.")] = MAX_DELETES
    max_delete_share: Annotated[float, Parameter(help="Share of the scope that may be deleted.")] = MAX_DELETE_SHARE
    max_updates: Annotated[int, Parameter(help="More updates than this and than the share are refused.")] = 10
    max_update_share: Annotated[float, Parameter(help="Share of the scope that may be updated.")] = 0.30
    max_age: Annotated[float, Parameter(help="Seconds for which the plan may be applied.")] = 3600.0


USUAL = Limits()


async def plan_customers(
    desired: Annotated[
        Path, Parameter(help="The customers as they are to be: .csv, .jsonl, .parquet, .sqlite, .duckdb.")
    ],
    /,
    *,
    fields: Annotated[
        str | None, Parameter(help="The fields that are yours, with commas; by default all that DESIRED states.")
    ] = None,
    scope: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            show_default=False,
            help="Which customers are yours: group_tag=TAG, parent_provided_id=ID, hierarchy_level=LEVEL, "
            "provided_ids=A,B. Several mean all of them.",
        ),
    ] = (),
    delete: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Delete what is in the scope and not in DESIRED.")
    ] = False,
    expected_rows: Annotated[int | None, Parameter(help="How many customers DESIRED must have.")] = None,
    limits: Limits = USUAL,
    out: Annotated[Path | None, Parameter(help="File to write the plan into, for `customers apply`.")] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", negative=(), show_default=False, help="Print the plan as JSON.")
    ] = False,
    connection: Connection = NO_CONNECTION,
    quiet: Quiet = False,
) -> None:
    """Show what would have to be written so that the customers are as DESIRED says. Changes nothing.

    The exit code is 0 when nothing is to be written, 3 when something is, 4 when the plan does more than is allowed:
    `customers apply --allow-deletes N` lets its deletes, a larger --max-update-share its updates.

    For example:

    - `explo-async customers plan tenants.csv --fields name,emails --out plan.json`
    - `explo-async customers plan tenants.csv --scope group_tag=managed --delete --out plan.json`
    - `explo-async customers plan tenants.parquet --delete --expected-rows 25000`
    """
    where = _read_scope(scope)
    try:
        wanted = read_desired(desired)
    except OSError as error:
        msg = f"{str(desired)!r} cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None
    async with connection.open() as explo:
        with watching(quiet=quiet) as bar:
            try:
                plan = await make_plan(
                    explo,
                    wanted,
                    fields=fields.split(",") if fields is not None else None,
                    scope=where,
                    delete=delete,
                    policy=Policy(**asdict(limits)),
                    expected_rows=expected_rows,
                    profile=connection.profile_name,
                    on_progress=bar.note,
                )
            except PlanRefused as error:
                tell(f"refused: {reword(error, plan_customers)}")
                raise ToldError(REFUSED) from None
    refusals = plan.refusals()
    if out is not None:
        plan.write(out)
    if as_json:
        say_what_fits(msgspec.json.encode({"digest": plan.digest, "refusals": refusals, "plan": plan}).decode() + "\n")
    else:
        say_what_fits("".join(f"{line}\n" for line in report_lines(plan, refusals)))
    if refusals:
        raise ToldError(REFUSED)
    if not plan.is_empty:
        raise ToldError(DIFFERENT)


def _read_scope(words: tuple[str, ...]) -> Scope | None:
    conditions: dict[str, str | list[str]] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in _SCOPES or not value:
            msg = f"--scope {word!r:.40} is not of the kind NAME=VALUE"
            raise ConfigurationError(msg, advice=f"the names are {', '.join(_SCOPES)}")
        if name in conditions:
            msg = f"--scope gives {name} twice"
            raise ConfigurationError(msg)
        conditions[name] = value.split(",") if name == "provided_ids" else value
    return Scope(**conditions) if conditions else None  # type: ignore[arg-type]
