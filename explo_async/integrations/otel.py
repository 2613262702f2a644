"""What a client does as metrics of OpenTelemetry (extra `otel`, which is the API alone: the SDK is yours)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.extras import install_hint
from explo_async.observer import Observer

try:
    from opentelemetry import metrics
except ModuleNotFoundError as _error:
    _msg = f"explo_async.integrations.otel needs opentelemetry-api: {install_hint('otel')}"
    raise ModuleNotFoundError(_msg, name=_error.name) from None

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.models import Verdict
    from explo_async.observer import Follower, Outcome

METER = "explo_async"


class Metrics(Observer):
    """Counts what a client does: `ExploClient(observer=Metrics())`.

    The instruments are those of the global meter provider, or of `meter_provider`; `attributes` go with each number, to
    tell clients apart, as in `{"explo.account": "production"}`. No number says whose customers or which token it is of.
    """

    def __init__(
        self,
        meter_provider: metrics.MeterProvider | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        meter = metrics.get_meter(METER, meter_provider=meter_provider)
        self._attributes = dict(attributes or {})
        self._requests = meter.create_counter("explo.requests", "{request}", "Requests sent, repeats included.")
        self._retries = meter.create_counter("explo.retries", "{retry}", "Requests that failed and are sent again.")
        self._throttled = meter.create_counter("explo.throttled", "{response}", "Answers of 429.")
        self._quota_wait = meter.create_counter(
            "explo.quota.wait", "s", "Seconds for which calls have waited for the quota, a pause or its store."
        )
        self._lists = meter.create_counter("explo.lists", "{list}", "Lists that have ended, by what they proved.")
        self._customers = meter.create_counter("explo.customers", "{customer}", "Customers that lists have read.")
        self._rounds = meter.create_counter("explo.rounds", "{round}", "Rounds of what follows the list.")
        self._listed = meter.create_gauge("explo.round.customers", "{customer}", "Customers in the list of a round.")
        self._held = meter.create_gauge("explo.removals.held", "{removal}", "Removals that are held back.")

    def request_sent(self) -> None:
        """Count it."""
        self._requests.add(1, self._attributes)

    def retried(self) -> None:
        """Count it."""
        self._retries.add(1, self._attributes)

    def throttled(self) -> None:
        """Count it."""
        self._throttled.add(1, self._attributes)

    def waited(self, seconds: float) -> None:
        """Add it up."""
        self._quota_wait.add(max(0.0, seconds), self._attributes)

    def list_ended(self, verdict: Verdict, customers: int, error: str | None) -> None:
        """Count it by its verdict, and by the error that has ended it."""
        attributes = {**self._attributes, "explo.verdict": verdict}
        self._customers.add(customers, attributes)
        self._lists.add(1, attributes if error is None else {**attributes, "error.type": error})

    def round_ended(self, follower: Follower, outcome: Outcome, customers: int, held: int) -> None:
        """Count it; one that was skipped leaves the numbers of the one before."""
        attributes = {**self._attributes, "explo.follower": follower}
        self._rounds.add(1, {**attributes, "explo.outcome": outcome})
        if outcome == "synced":
            self._listed.set(customers, attributes)
            self._held.set(held, attributes)
