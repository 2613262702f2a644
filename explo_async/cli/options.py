"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number

from explo_async.configuration import BASE_URL_VARIABLE, TOKEN_VARIABLE
from explo_async.endpoint import DEFAULT_BASE_URL
from explo_async.export.journal import Provable

BaseUrl = Annotated[
    str | None,
    Parameter(name="--base-url", help=f"Address of the API. By default {BASE_URL_VARIABLE}, else {DEFAULT_BASE_URL}."),
]
TokenFile = Annotated[
    Path | None,
    Parameter(name="--token-file", help=f"File that holds the token alone. By default {TOKEN_VARIABLE} is read."),
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
PageSize = Annotated[int, Parameter(help="Customers a request.")]
MaxConcurrency = Annotated[int, Parameter(help="Requests under way at once.")]
Timeout = Annotated[float | None, Parameter(help="Seconds for the whole list.")]
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
