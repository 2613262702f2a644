"""The metrics, as a real SDK collects them and Prometheus scrapes them over HTTP."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import REGISTRY, start_http_server
from prometheus_client.parser import text_string_to_metric_families

from explo_async import ServerError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Status
from explo_async.integrations.otel import Metrics
from explo_async.watch import Held, Skipped, Synced
from tests.helpers.clients import QUICK, client_of
from tests.watch.rounds import one_round

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "metrics.md"


class Scraped:
    """A meter provider, and the address at which Prometheus would scrape it."""

    def __init__(self, provider: MeterProvider, port: int) -> None:
        self.provider = provider
        self._port = port

    async def text(self) -> str:
        """Scrape, and return the lines that are of this package, without what tells one SDK from another."""
        with await asyncio.to_thread(urlopen, f"http://127.0.0.1:{self._port}/metrics") as answer:
            text = answer.read().decode()
        lines = [line for line in text.splitlines() if re.match(r"(# (HELP|TYPE) )?explo_", line)]
        return "\n".join(re.sub(r',otel_scope_(?:schema_url|version)="[^"]*"', "", line) for line in lines)

    async def values(self) -> dict[str, float]:
        """Scrape, and return each number by its name and its own labels."""
        return {
            f"{sample.name}{own(sample.labels)}": sample.value
            for family in text_string_to_metric_families(await self.text() + "\n")
            for sample in family.samples
        }


def own(labels: dict[str, str]) -> str:
    """Write the labels that are not of the SDK, and that say something."""
    told = {name: text for name, text in sorted(labels.items()) if text and not name.startswith("otel_")}
    return "".join(f" {name}={text}" for name, text in told.items())


@pytest.fixture
async def scraped() -> AsyncIterator[Scraped]:
    """Collect by the real SDK, and serve the numbers as Prometheus' client does."""
    reader = PrometheusMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    server, thread = start_http_server(0, addr="127.0.0.1", registry=REGISTRY)
    yield Scraped(provider, server.server_port)
    server.shutdown()
    server.server_close()
    thread.join()
    provider.shutdown()


async def live(scraped: Scraped) -> None:
    """Watch a list for a while in which all happens that is counted."""
    faults = [
        Status(503, page=2, attempt=1),
        Status(429, page=1, attempt=2, headers={"Retry-After": "0"}),
        Status(400, page=1, attempt=5),
    ]
    async with (
        Emulator(2000, faults=faults) as emulator,
        client_of(emulator, observer=Metrics(scraped.provider), retry=QUICK, max_concurrency=1) as explo,
        explo.customers.watch(every=0.1, confirm_removals=1) as events,
    ):
        assert isinstance((await one_round(events))[-1], Synced)
        for _ in range(300):
            emulator.delete_at(0)
        found = await one_round(events)
        assert isinstance(found[0], Skipped), found
        found = await one_round(events)
        assert [type(event) for event in found] == [Held, Synced]


async def test_each_thing_is_counted(scraped: Scraped) -> None:
    """As the reports of the lists have it."""
    async with (
        Emulator(45, faults=[Status(503, page=2, attempt=1), Status(503, page=3)]) as emulator,
        client_of(emulator, observer=Metrics(scraped.provider), retry=QUICK) as explo,
    ):
        whole = await explo.customers.list(page_size=30)
        with pytest.raises(ServerError) as caught:
            await explo.customers.list(page_size=10)
    assert caught.value.stats is not None
    values = await scraped.values()
    both = (whole.report.stats, caught.value.stats)
    assert values["explo_requests_total"] == sum(stats.requests for stats in both)
    assert values["explo_retries_total"] == sum(stats.retries for stats in both)
    assert values["explo_quota_wait_seconds_total"] == pytest.approx(sum(stats.quota_wait for stats in both), abs=0.01)
    assert values["explo_lists_total explo_verdict=complete"] == 1
    assert values["explo_lists_total error_type=ServerError explo_verdict=incomplete"] == 1
    assert values["explo_customers_total explo_verdict=complete"] == 45
    assert "explo_throttled_total" not in values


async def test_the_page_shows_what_is_scraped(scraped: Scraped) -> None:
    """Every line of it but the seconds, which no two runs have alike."""
    await live(scraped)
    text = await scraped.text()
    shown = PAGE.read_text("utf-8").partition("```text\n")[2].partition("\n```")[0]
    seconds = re.compile(r"^(explo_quota_wait_seconds_total.*) [0-9.e-]+$", re.MULTILINE)
    assert seconds.search(shown)
    assert seconds.sub(r"\1", text) == seconds.sub(r"\1", shown)


async def test_the_table_of_the_page_has_each_instrument(scraped: Scraped) -> None:
    """With its unit and its attributes, and no other."""
    await live(scraped)
    rows = re.findall(r"^\| `(explo\.[a-z.]+)` \| `([^`]+)` \|(.*?)\| .+ \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    names = {name.replace(".", "_") + ("_seconds" if unit == "s" else ""): labels for name, unit, labels in rows}
    families = {family.name: family for family in text_string_to_metric_families(await scraped.text() + "\n")}
    assert names.keys() == families.keys()
    for name, labels in names.items():
        found = {label for sample in families[name].samples for label in sample.labels if not label.startswith("otel_")}
        assert found <= {label.replace(".", "_") for label in re.findall(r"`([a-z.]+)`", labels)}


async def test_a_round_that_was_skipped_leaves_the_numbers_of_the_one_before(scraped: Scraped) -> None:
    """It had no list, and so nobody is gone from it."""
    observer = Metrics(scraped.provider)
    observer.round_ended("watch", "synced", 7, 1)
    observer.round_ended("watch", "skipped", 0, 0)
    assert await scraped.values() == {
        "explo_rounds_total explo_follower=watch explo_outcome=synced": 1.0,
        "explo_rounds_total explo_follower=watch explo_outcome=skipped": 1.0,
        "explo_round_customers explo_follower=watch": 7.0,
        "explo_removals_held explo_follower=watch": 1.0,
    }


async def test_attributes_tell_clients_apart(scraped: Scraped) -> None:
    """They go with each number."""
    async with Emulator(3) as emulator:
        for account in ("production", "testing"):
            observer = Metrics(scraped.provider, attributes={"explo.account": account})
            async with client_of(emulator, observer=observer) as explo:
                await explo.customers.list()
                async with explo.customers.watch(every=0.1) as events:
                    await one_round(events)
    values = await scraped.values()
    assert len(values) > 8
    assert all(" explo_account=" in name for name in values)
    assert values["explo_requests_total explo_account=production"] == 4


async def test_without_a_provider_it_is_the_global_one(monkeypatch: pytest.MonkeyPatch, scraped: Scraped) -> None:
    """Which a program sets once."""
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: scraped.provider)
    monkeypatch.setattr("opentelemetry.metrics._internal.get_meter_provider", lambda: scraped.provider)
    async with Emulator(3) as emulator, client_of(emulator, observer=Metrics()) as explo:
        await explo.customers.count()
    assert await scraped.values() == {"explo_requests_total": 1.0} | {
        name: value for name, value in (await scraped.values()).items() if "wait" in name
    }


async def test_without_an_sdk_it_costs_nothing_and_counts_nothing() -> None:
    """The API alone does nothing."""
    async with Emulator(3) as emulator, client_of(emulator, observer=Metrics()) as explo:
        assert len(await explo.customers.list()) == 3


def test_without_the_extra_it_says_how_to_get_it() -> None:
    """In one line at the end."""
    program = "import sys; sys.modules['opentelemetry'] = None; import explo_async.integrations.otel"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: explo_async.integrations.otel needs opentelemetry-api: pip install ")
    assert last.endswith("'explo-async[otel]'")
