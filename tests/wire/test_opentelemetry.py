"""A recipe: a span of OpenTelemetry for each request, with its page and status, and with no token in it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest
from attrs import frozen
from opentelemetry.instrumentation.aiohttp_client import create_trace_config
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from explo_async import ExploClient, ExploError, RetryPolicy, TransportError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Fault, Hang, Reset, Status

if TYPE_CHECKING:
    from types import SimpleNamespace

    from opentelemetry.trace import Span

    from explo_async.emulator.exchange import Exchange

TOKEN = "t0p-s3cret-0f-the-team"


def make_trace_config(provider: TracerProvider | None = None) -> aiohttp.TraceConfig:
    """Make a span for each request of an `ExploClient`, of this provider or the global one."""

    def name_page(span: Span, params: aiohttp.TraceRequestStartParams) -> None:
        span.update_name("explo customers")
        span.set_attribute("explo.page", int(params.url.query["page"]))

    config = create_trace_config(
        url_filter=lambda url: str(url.with_query(None)), request_hook=name_page, tracer_provider=provider
    )
    (record,) = config.on_request_exception

    async def record_kind(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        # The messages of aiohttp's errors quote the answer, and so perhaps a customer's token.
        error = params.exception
        safe = error if isinstance(error, ExploError) else TransportError(type(error).__name__)
        await record(
            session, context, aiohttp.TraceRequestExceptionParams(params.method, params.url, params.headers, safe)
        )

    config.on_request_exception[:] = [record_kind]
    return config


@frozen
class NotHttp(Fault):
    """An answer that is not HTTP, and tells a customer's token."""

    async def happen(self, exchange: Exchange) -> None:
        """Write it and close."""
        exchange.write(b"fake-token-of-customer-0000000\r\n\r\n")
        exchange.close()


async def trace(url: str, request_timeout: float = 30.0) -> list[ReadableSpan]:
    """List the customers of this server, or fail to, and return the spans in order of their start."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with ExploClient(
        TOKEN,
        base_url=url,
        max_concurrency=1,
        retry=RetryPolicy(attempts=2, wait_initial=0.0),
        request_timeout=request_timeout,
        trace_configs=[make_trace_config(provider)],
    ) as explo:
        with suppress(ExploError):
            await explo.customers.list(page_size=9, parent_provided_id="customer-0000000")
    return sorted(exporter.get_finished_spans(), key=lambda span: span.start_time or 0)


def outcome(span: ReadableSpan) -> tuple[object, object]:
    """Return the page of a span, and its status or what broke it off."""
    attributes = span.attributes or {}
    broken = [str((event.attributes or {})["exception.message"]).partition(" http")[0] for event in span.events]
    return attributes["explo.page"], attributes.get("http.status_code", *broken)


def check_no_secret(spans: list[ReadableSpan]) -> None:
    """Fail when any part of a span has a token, or the id by which the list was filtered."""
    written = "".join(span.to_json() for span in spans)
    assert "explo customers" in written
    assert [secret for secret in (TOKEN, "fake-token", "customer-0000000") if secret in written] == []


async def test_each_request_has_its_page_and_status() -> None:
    """A list of two pages is two spans and one for the COUNT, and neither the token nor the filter is in them."""
    async with Emulator(100, token=TOKEN) as emulator:
        spans = await trace(emulator.url)
        url = f"{emulator.url}/v2/api/customers/"
    assert [outcome(span) for span in spans] == [(1, 200), (2, 200), (1, 200)]
    assert {(span.attributes or {})["http.url"] for span in spans} == {url}
    check_no_secret(spans)


@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [
        (Status(503, attempt=1, page=2), [(1, 200), (2, 503), (2, 200), (1, 200)]),
        (Status(401, json.dumps({"detail": f"no such token: {TOKEN}"}).encode(), page=2), [(1, 200), (2, 401)]),
        (NotHttp(), [(1, "ClientResponseError")] * 2),
        (Reset(), [(1, "the connection to")] * 2),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else "",
)
async def test_no_failure_puts_a_token_into_a_span(fault: Fault, outcomes: list[tuple[int, object]]) -> None:
    """Each attempt is a span with its status or what broke it off, and nothing that the server wrote."""
    async with Emulator(100, token=TOKEN, faults=[fault]) as emulator:
        spans = await trace(emulator.url)
    assert [outcome(span) for span in spans] == outcomes
    check_no_secret(spans)


async def test_an_answer_that_never_comes() -> None:
    """An attempt that is cut short by its timeout ends its span."""
    async with Emulator(100, token=TOKEN, faults=[Hang()]) as emulator:
        spans = await trace(emulator.url, request_timeout=0.05)
    assert [outcome(span) for span in spans] == [(1, "CancelledError")] * 2
    check_no_secret(spans)


async def test_no_header_is_captured_even_when_the_environment_asks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables by which OpenTelemetry's own instrumentor copies headers, and so the token, have no effect."""
    for side in ("REQUEST", "RESPONSE"):
        monkeypatch.setenv(f"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_{side}", ".*")
    async with Emulator(100, token=TOKEN) as emulator:
        spans = await trace(emulator.url)
    assert "header" not in "".join(span.to_json() for span in spans)
    check_no_secret(spans)


async def test_a_server_that_is_gone() -> None:
    """A refused connection is a span too, with our words for it."""
    async with Emulator(1) as emulator:
        pass
    spans = await trace(emulator.url)
    assert [outcome(span) for span in spans] == [(1, "no connection to")] * 2
    check_no_secret(spans)
