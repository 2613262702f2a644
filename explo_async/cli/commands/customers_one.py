"""`customers get`, `create`, `update`, `delete` and `refresh-token`: one customer."""

from typing import Annotated, Any

import msgspec
from attrs import asdict, frozen
from cyclopts import Parameter

from explo_async.cli.confirm import confirm
from explo_async.cli.connection import NO_CONNECTION, Connection
from explo_async.cli.options import CallTimeout
from explo_async.cli.stdout import say_what_fits
from explo_async.cli.terminal import tell
from explo_async.errors import ConfigurationError
from explo_async.models import Customer
from explo_async.nesting import decode_json

Id = Annotated[str, Parameter(help="The customer's provided id.")]
AsJson = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help="Print JSON in place of a line a field.")
]
WithTokens = Annotated[
    bool, Parameter(name="--with-tokens", negative=(), show_default=False, help="Print the token too, a credential.")
]
Yes = Annotated[bool, Parameter(name="--yes", negative=(), show_default=False, help="Do not ask.")]


@Parameter(name="*")
@frozen(kw_only=True)
class Fields:
    """What a customer is to be."""

    name: Annotated[str | None, Parameter(help="Display name.")] = None
    emails: Annotated[tuple[str, ...] | None, Parameter(negative=(), help="An address; again for another one.")] = None
    group_tags: Annotated[
        tuple[str, ...] | None, Parameter(negative=(), help="A tag of the team; again for another one.")
    ] = None
    properties: Annotated[str | None, Parameter(help="A JSON object.")] = None
    mapping: Annotated[str | None, Parameter(help="A JSON object of schema ids to data source ids.")] = None
    hierarchy_level_name: Annotated[str | None, Parameter(help="Name of the hierarchy level.")] = None
    parent_provided_id: Annotated[str | None, Parameter(help="The parent's provided id.")] = None
    is_demo_group: Annotated[
        bool | None, Parameter(help="Whether it is a demo customer: watermarked, and not billed.")
    ] = None

    def given(self) -> dict[str, Any]:
        """Return what was typed, as the library takes it."""
        values = {name: value for name, value in asdict(self, recurse=False).items() if value is not None}
        for name in ("properties", "mapping"):
            if name in values:
                values[name] = _read_object(f"--{name}", values[name])
        return values


NOTHING = Fields()


async def get_customer(
    provided_id: Id,
    /,
    *,
    with_tokens: WithTokens = False,
    as_json: AsJson = False,
    timeout: CallTimeout = None,
    connection: Connection = NO_CONNECTION,
) -> None:
    """Print one customer.

    For example:

    - `explo-async customers get tenant-7`
    - `explo-async customers get tenant-7 --json | jq .properties`
    """
    async with connection.open() as explo:
        customer = await explo.customers.get(provided_id, timeout=timeout)
    _print(customer, as_json=as_json, with_tokens=with_tokens)


async def create_customer(
    provided_id: Id,
    /,
    *,
    fields: Fields = NOTHING,
    with_tokens: WithTokens = False,
    as_json: AsJson = False,
    timeout: CallTimeout = None,
    connection: Connection = NO_CONNECTION,
) -> None:
    """Create a customer; one that is there stays as it is, and is printed.

    For example:

    - `explo-async customers create tenant-9 --name Nine --emails ops@nine.example`
    - `explo-async customers create tenant-9-eu --hierarchy-level-name Region --parent-provided-id tenant-9`
    """
    given = fields.given()
    async with connection.open(writes=True) as explo:
        made = await explo.customers.get_or_create(provided_id, timeout=timeout, **given)
    tell("created" if made.created else "it was there, and stays as it is")
    _print(made.customer, as_json=as_json, with_tokens=with_tokens)


async def update_customer(
    provided_id: Id,
    /,
    *,
    new_provided_id: Annotated[str | None, Parameter(help="Another id, in place of this one.")] = None,
    fields: Fields = NOTHING,
    with_tokens: WithTokens = False,
    as_json: AsJson = False,
    timeout: CallTimeout = None,
    connection: Connection = NO_CONNECTION,
) -> None:
    """Change the given fields of a customer, and print it as the server answers it.

    For example:

    - `explo-async customers update tenant-7 --name Seven`
    - `explo-async customers update tenant-7 --properties '{"plan": "team"}' --json`
    """
    given = fields.given() | ({} if new_provided_id is None else {"new_provided_id": new_provided_id})
    async with connection.open(writes=True) as explo:
        customer = await explo.customers.update(provided_id, timeout=timeout, **given)
    _print(customer, as_json=as_json, with_tokens=with_tokens)


async def delete_customer(
    provided_id: Id,
    /,
    *,
    yes: Yes = False,
    ignore_children: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Delete it though it has children, who may go with it.")
    ] = False,
    timeout: CallTimeout = None,
    connection: Connection = NO_CONNECTION,
) -> None:
    """Delete a customer for good. Asks on a terminal; elsewhere --yes is needed.

    For example:

    - `explo-async customers delete tenant-7`
    - `explo-async customers delete tenant-7 --yes`
    """
    async with connection.open(writes=True) as explo:
        customer = await explo.customers.get(provided_id, timeout=timeout)
        if not yes:
            confirm(f"delete {customer.provided_id!r}, called {customer.name!r}, for good")
        children = "ignore" if ignore_children else "refuse"
        await explo.customers.delete(customer, children=children, timeout=timeout)  # type: ignore[arg-type]
    tell(f"deleted {provided_id!r}")


async def refresh_token(
    provided_id: Id,
    /,
    *,
    yes: Yes = False,
    with_tokens: WithTokens = False,
    as_json: AsJson = False,
    timeout: CallTimeout = None,
    connection: Connection = NO_CONNECTION,
) -> None:
    """Give a customer another token: what was embedded with the old one stops working.

    Asks on a terminal; elsewhere --yes is needed. The new token is printed with --with-tokens alone.

    For example:

    - `explo-async customers refresh-token tenant-7`
    - `explo-async customers refresh-token tenant-7 --yes --with-tokens --json | jq -r .token`
    """
    async with connection.open(writes=True) as explo:
        customer = await explo.customers.get(provided_id, timeout=timeout)
        if not yes:
            confirm(f"replace the token of {customer.provided_id!r}, called {customer.name!r}")
        customer = await explo.customers.refresh_token(customer, timeout=timeout)
    tell(f"{provided_id!r} has another token now")
    _print(customer, as_json=as_json, with_tokens=with_tokens)


def _read_object(option: str, text: str) -> dict[str, Any]:
    try:
        found = decode_json(text.encode())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        msg = f'{option} must be a JSON object, like {{"key": "value"}}'
        raise ConfigurationError(msg)
    return found


def _print(customer: Customer, *, as_json: bool, with_tokens: bool) -> None:
    values = customer.to_dict(with_tokens=with_tokens)
    if as_json:
        say_what_fits(msgspec.json.encode(values).decode() + "\n")
        return
    width = max(map(len, values))
    texts = {name: value if isinstance(value, str) else _encode(value) for name, value in values.items()}
    say_what_fits("".join(f"{name:{width}}  {value}\n" for name, value in texts.items()))


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
