"""The options that several commands share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from attrs import frozen
from cyclopts import Parameter, Token
from cyclopts.validators import Number

from explo_async.configuration import BASE_URL_VARIABLE, TOKEN_VARIABLE
from explo_async.endpoint import DEFAULT_BASE_URL, QUOTA_REQUESTS, QUOTA_SECONDS
from explo_async.engine.listing import Provable
from explo_async.pacing.shared_quota import QUOTA_VARIABLE

BaseUrl = Annotated[
    str | None,
    Parameter(name="--base-url", help=f"Address of the API. By default {BASE_URL_VARIABLE}, else {DEFAULT_BASE_URL}."),
]
STREAM = "-"
"""What stands for standard input or output in the place of a file."""


def refuse_options(_: type, value: Path | None) -> None:
    """Validate a file that may be `-`: by itself an option that does not exist would be taken for one."""
    if str(value).startswith(STREAM) and str(value) != STREAM:
        msg = "There is no such option; a file of this name is written as ./FILE"
        raise ValueError(msg)


def read_whole(_: type, tokens: Sequence[Token]) -> int:
    """Read a whole number: by itself cyclopts rounds 1.5 to 2."""
    return int(tokens[0].value)


WHOLE = Parameter(converter=read_whole)
"""Stands beside the other parameters of an option that takes a whole number."""
TokenFile = Annotated[
    Path | None,
    Parameter(
        name="--token-file",
        allow_leading_hyphen=True,
        validator=refuse_options,
        help=f"File that holds the token alone, - for standard input. By default {TOKEN_VARIABLE}.",
    ),
]
Quiet = Annotated[
    bool, Parameter(name="--quiet", negative=(), show_default=False, help="No progress bar and no warnings.")
]
Proof = Annotated[
    Provable,
    Parameter(
        name="--consistency",
        help="What to prove: completeness, completeness without trust in totals, or the list at one moment.",
    ),
]
PageSize = Annotated[int, WHOLE, Parameter(help="Customers a request.")]
MaxConcurrency = Annotated[int, WHOLE, Parameter(help="Requests under way at once.")]
Timeout = Annotated[float | None, Parameter(help="Seconds for the whole list.")]
CallTimeout = Annotated[float | None, Parameter(name="--timeout", help="Seconds for each call, waits included.")]
Latency = Annotated[float, Parameter(name="--latency", validator=Number(gte=0), help="Seconds before each answer.")]


USUAL_CUSTOMERS = 25_000
USUAL_LATENCY = 0.08
"""Of the local Explo that `demo` and `serve` run."""


@Parameter(name="*")
@frozen(kw_only=True)
class Filter:
    """Which customers a command is about."""

    parent_provided_id: Annotated[str | None, Parameter(help="Only the customers with this parent.")] = None
    hierarchy_level_name: Annotated[str | None, Parameter(help="Only the customers of this level.")] = None


EVERYONE = Filter()


@Parameter(name="*")
@frozen(kw_only=True)
class Sharing:
    """With whom a command shares the quota, and which part of it it may use."""

    quota: Annotated[
        str | None,
        Parameter(
            help="File, or redis:// address, by which programs share the quota; none: this command counts alone. "
            f"By default {QUOTA_VARIABLE}, else a file of yours."
        ),
    ] = None
    rate_limit: Annotated[
        str | None, Parameter(help=f"Requests/seconds to stay below; by default {QUOTA_REQUESTS}/{QUOTA_SECONDS:g}.")
    ] = None


AS_USUAL = Sharing()
