"""`quota`: how the quota stands that programs share by a store."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.live import Live
from rich.text import Text

from explo_async.cli.commands.quota_report import draw, show, to_json
from explo_async.cli.exits import CommandError
from explo_async.cli.options import BaseUrl, Sharing
from explo_async.cli.quotas import choose_quota
from explo_async.cli.standing import make_standing
from explo_async.cli.stdout import say, say_what_fits
from explo_async.cli.stores import opened
from explo_async.cli.terminal import is_terminal, tell
from explo_async.configuration import resolve_base_url
from explo_async.errors import ConfigurationError, QuotaUnavailable
from explo_async.pacing.shared_quota import QUOTA_VARIABLE
from explo_async.text import one_line

if TYPE_CHECKING:
    from rich.console import Group

    from explo_async.cli.stores import OpenedStore
    from explo_async.pacing.shared_quota import SharedQuota

SECONDS = 1.0
"""Between two looks."""
Flag: Parameter = Parameter(negative=(), show_default=False)


@Parameter(name="*")
@frozen(kw_only=True)
class Form:
    """What is printed."""

    as_json: Annotated[bool, Flag, Parameter(name="--json", help="Print an object, with everything.")] = False
    watch: Annotated[bool, Flag, Parameter(help="Look again each second, until Ctrl-C.")] = False
    requests: Annotated[
        int | None, Parameter(validator=Number(gte=1), help="Say how long so many requests take now at least.")
    ] = None


TABLE = Form()


async def quota(
    store: Annotated[
        str | None,
        Parameter(help=f"File, or redis:// address. By default {QUOTA_VARIABLE}, else your own file."),
    ] = None,
    /,
    *,
    form: Form = TABLE,
    reset: Annotated[
        bool, Flag, Parameter(help="Forget what was sent: nobody has been sending for two minutes.")
    ] = False,
    name: Annotated[str, Parameter(help="Of the quota, where a store has several.")] = "explo",
    rate_limit: Annotated[str | None, Parameter(help="Requests/seconds to compare with; by default 180/60.")] = None,
    base_url: BaseUrl = None,
) -> None:
    """Show how the shared quota stands: slots, who holds and wants them, pauses, and the store.

    It sends nothing to Explo, and changes nothing but with --reset. Each address of an API has a quota of its own.

    For example:

    - `explo-async quota`
    - `explo-async quota redis://quota.internal/0 --watch`
    - `explo-async quota --json --requests 500 | jq .time_for`
    """
    shared = _choose(store, rate_limit, name)
    origin = str(resolve_base_url(base_url, os.environ).origin())
    async with opened(shared, origin) as found:
        if reset:
            await found.reset()
            tell(f"what was sent is forgotten in {shared.label}: requests to {origin} may go out at once")
        elif form.watch:
            await _watch(_Picture(shared, origin, found, form))
        else:
            say_what_fits(await _Picture(shared, origin, found, form).to_text())


def _choose(store: str | None, rate_limit: str | None, name: str) -> SharedQuota:
    chosen = choose_quota(Sharing(quota=store, rate_limit=rate_limit), option="STORE", name=name)
    if chosen.warning:
        raise CommandError(chosen.warning)
    if chosen.quota is None:
        msg = f"{chosen.source} says that each command counts alone: there is nothing to look at"
        raise ConfigurationError(msg, advice="name a file, or a redis:// address")
    return chosen.quota


class _Picture:
    """The quota as it is found, each time anew."""

    def __init__(self, shared: SharedQuota, origin: str, store: OpenedStore, form: Form) -> None:
        self._shared = shared
        self._origin = origin
        self._store = store
        self.form = form

    async def draw(self) -> Group:
        """Return it for people."""
        seen = await self._store.look()
        standing = make_standing(seen.found, self._shared.limit, asked=self.form.requests)
        return draw(self._shared, self._origin, seen, standing, asked=self.form.requests)

    async def to_text(self) -> str:
        """Return it as it is printed."""
        if not self.form.as_json:
            return show(await self.draw())
        seen = await self._store.look()
        standing = make_standing(seen.found, self._shared.limit, asked=self.form.requests)
        return f"{msgspec.json.encode(to_json(self._shared, self._origin, seen, standing)).decode()}\n"


async def _watch(picture: _Picture) -> None:
    """Show it again each second; after the first look a store that is away may come back."""
    if picture.form.as_json or not is_terminal(sys.stdout):
        say(await picture.to_text())
        while True:
            await asyncio.sleep(SECONDS)
            try:
                say_what_fits(await picture.to_text())
            except QuotaUnavailable as error:
                tell(f"warning: {error}")
    with Live(await picture.draw(), console=Console(highlight=False), auto_refresh=False) as live:
        while True:
            live.refresh()
            await asyncio.sleep(SECONDS)
            try:
                live.update(await picture.draw())
            except QuotaUnavailable as error:
                live.update(Text(one_line(str(error)), "yellow"))
