"""`doctor`: a few requests, and what they tell about token, address, network and server."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import aiohttp
from rich.console import Console
from rich.table import Table
from rich.text import Text

from explo_async.cli import exits
from explo_async.cli.advice import reword
from explo_async.cli.commands.diagnosis import (
    ASKED_ROWS,
    READ_ROWS,
    Exchange,
    Finding,
    Reply,
    Run,
    diagnose,
    failed,
    skip_all,
)
from explo_async.cli.commands.store_check import check_store
from explo_async.cli.credentials import find_token
from explo_async.cli.log_lines import log_lines_to
from explo_async.cli.options import AS_USUAL, BaseUrl, Sharing, TokenFile
from explo_async.cli.quotas import choose_quota
from explo_async.cli.stdout import encoding, say_what_fits
from explo_async.cli.terminal import is_terminal
from explo_async.client import ExploClient
from explo_async.configuration import BASE_URL_VARIABLE, PROXY_VARIABLES, resolve_base_url, resolve_proxy
from explo_async.errors import ConfigurationError, ExploError
from explo_async.pacing.retry import RetryPolicy
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import SimpleNamespace

    from yarl import URL

    from explo_async.cli.commands.diagnosis import Mark
    from explo_async.cli.credentials import FoundToken
    from explo_async.models import CustomerPage
    from explo_async.pacing.quota import RateLimit
    from explo_async.pacing.shared_quota import SharedQuota

RETRY = RetryPolicy(attempts=2, wait_max=1.0, max_retry_after=5.0, throttle_limit=5.0)
"""Whoever asks a doctor waits for the answer."""
REQUEST_TIMEOUT = 10.0

STYLES: dict[Mark, tuple[str, str, str]] = {
    "ok": ("✓", "+", "green"),
    "warning": ("!", "!", "yellow"),
    "failed": ("✗", "x", "bold red"),
    "skipped": ("-", "-", "dim"),
}
"""For each mark its sign, the sign where only ASCII can be written, and its colour."""


async def doctor(*, token_file: TokenFile = None, base_url: BaseUrl = None, sharing: Sharing = AS_USUAL) -> None:
    """Check token, address, quota and its store, network, server, order, filters and clock, and say what to do.

    It sends about four requests and changes nothing. The exit code is 0 when nothing failed, 1 when something did, 2
    when there is no token or no address to ask with.

    For example:

    - `explo-async doctor`
    - `explo-async doctor --token-file ~/.config/explo/token`
    """
    # What cannot be meant is wrong usage, as another option would be.
    chosen = choose_quota(sharing)
    settings: list[Finding] = []
    token: FoundToken | None = None
    address: URL | None = None
    try:
        token = find_token(token_file)
        mark: Mark = "warning" if token.warning else "ok"
        settings.append(Finding("token", mark, f"from {token.source}", token.warning))
    except ConfigurationError as error:
        settings.append(failed("token", reword(error, doctor)))
    try:
        address = resolve_base_url(base_url, os.environ)
        settings.append(Finding("address", "ok", f"{address} {_origin_of_address(base_url)}"))
    except ConfigurationError as error:
        settings.append(failed("address", reword(error, doctor)))
    if address is not None:
        try:
            settings += _describe_proxy(address)
        except ConfigurationError as error:
            settings.append(failed("proxy", error))
            address = None
    _show(settings)
    if address is None:
        store = Finding("store", "skipped", "needs an address")
    else:
        store = await check_store(chosen, str(address.origin()))
    _show([store])
    if token is None or address is None:
        _show(skip_all())
        raise exits.ToldError(exits.WRONG_USAGE)
    # A store that cannot be used must not hide what else there is.
    limit = chosen.limit if store.mark == "failed" else chosen.rate_limit
    findings = diagnose(await _examine(token, str(address), limit))
    _show(findings)
    if any(finding.mark == "failed" for finding in [store, *findings]):
        raise exits.ToldError(exits.FAILED)


def _origin_of_address(base_url: str | None) -> str:
    if base_url is not None:
        return "from --base-url"
    return f"from {BASE_URL_VARIABLE}" if BASE_URL_VARIABLE in os.environ else "by default"


def _describe_proxy(address: URL) -> list[Finding]:
    """Tell of the proxy that the environment names, if it does; raises `ConfigurationError` for one that is none."""
    proxy = resolve_proxy(address, os.environ)
    if proxy is not None:
        return [Finding("proxy", "ok", f"{proxy.address} from {proxy.source}")]
    named = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    reason = "NO_PROXY exempts this host" if address.scheme == "https" else "plain http goes straight to this machine"
    return [Finding("proxy", "ok", f"none, although {name} names one: {reason}") for name in named[:1]]


async def _examine(token: FoundToken, address: str, limit: SharedQuota | RateLimit) -> Run:
    exchanges: list[Exchange] = []
    outcome: CustomerPage | ExploError
    async with ExploClient(
        token.value,
        base_url=address,
        rate_limit=limit,
        retry=RETRY,
        request_timeout=REQUEST_TIMEOUT,
        trace_configs=[_trace(exchanges)],
        trust_env=True,
    ) as explo:
        # What the client would warn of is among the findings.
        with log_lines_to(None):
            try:
                outcome = await explo.customers.page(page_size=ASKED_ROWS)
            except ExploError as error:
                outcome = reword(error, doctor)
            asked = len(exchanges)
            readings: Sequence[CustomerPage] = ()
            childless: int | ExploError | None = None
            if not isinstance(outcome, ExploError):
                readings = await _read_twice(explo, outcome.total_count)
                childless = await _count_childless(explo) if outcome.customers else None
    return Run(
        token_source=token.source,
        exchanges=exchanges,
        outcome=outcome,
        asked=asked,
        readings=readings,
        childless=childless,
    )


async def _read_twice(explo: ExploClient, total: int) -> Sequence[CustomerPage]:
    if total <= 1:
        return ()
    try:
        return [await explo.customers.page(page_size=rows) for rows in READ_ROWS]
    except ExploError:
        # What the first request met is told; this is but a look at one thing more.
        return ()


async def _count_childless(explo: ExploClient) -> int | ExploError:
    """Count the customers of a parent that cannot exist: a server that ignores the filter counts all."""
    try:
        return await explo.customers.count(parent_provided_id=f"explo-async-doctor-{uuid4()}")
    except ExploError as error:
        return reword(error, doctor)


def _trace(exchanges: list[Exchange]) -> aiohttp.TraceConfig:
    """Note the requests; of their headers only the answer's `Date`, as the request's hold the token."""

    async def begin(_: aiohttp.ClientSession, context: SimpleNamespace, start: aiohttp.TraceRequestStartParams) -> None:
        context.exchange = Exchange(start.url)
        exchanges.append(context.exchange)

    async def connect(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.exchange.connected = True

    async def send(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.exchange.sent_at = asyncio.get_running_loop().time()

    async def end(_: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceRequestEndParams) -> None:
        exchange: Exchange = context.exchange
        exchange.reply = Reply(
            status=answer.response.status,
            seconds=asyncio.get_running_loop().time() - exchange.sent_at,
            date=answer.response.headers.get("Date"),
            arrived=datetime.now(UTC),
        )

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begin)
    trace.on_connection_create_end.append(connect)
    trace.on_connection_reuseconn.append(connect)
    trace.on_request_headers_sent.append(send)
    trace.on_request_end.append(end)
    return trace


def _show(findings: Iterable[Finding]) -> None:
    console = Console(highlight=False)
    with console.capture() as shown:
        for finding in findings:
            sign, plain, style = STYLES[finding.mark]
            mark = Text(f"{sign if _can_write(sign) else plain} {finding.mark:8}", style)
            advice = f"; {finding.advice}" if finding.advice else ""
            text = one_line(finding.text + advice)
            if is_terminal(sys.stdout):
                # What a terminal breaks itself it breaks within words.
                line = Table.grid(padding=(0, 1, 0, 0))
                line.add_row(mark, f"{finding.name:13}", Text(text))
                console.print(line)
            else:
                console.print(Text.assemble(mark, f" {finding.name:13} ", text), soft_wrap=True)
    say_what_fits(shown.get())


def _can_write(sign: str) -> bool:
    try:
        sign.encode(encoding())
    except UnicodeEncodeError:
        return False
    return True
