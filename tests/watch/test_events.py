from __future__ import annotations

import json
from typing import Any

import pytest

from explo_async import Customer, ServerError
from explo_async.watch import Added, Changed, Counts, Event, Held, Removed, Skipped, Synced
from tests.watch.histories import report_of

ACME = Customer(provided_id="acme", name="Acme", token="s3cr3t")
COUNTS = Counts(known=3, listed=2, added=0, changed=0, removed=0, absent=1, held=1)
EVENTS: list[tuple[Event, dict[str, Any]]] = [
    (Added(ACME), {"provided_id": "acme", "customer": ACME.to_dict()}),
    (
        Changed(("name",), ACME, ACME),
        {"provided_id": "acme", "fields": ["name"], "before": ACME.to_dict(), "after": ACME.to_dict()},
    ),
    (Removed(ACME), {"provided_id": "acme", "last_known": ACME.to_dict()}),
    (Held(COUNTS, "too many"), {"reason": "too many"}),
    (Skipped(ServerError("it broke", status=503)), {"what": "round", "error": "ServerError", "message": "it broke"}),
    (Synced(report_of(2, "exact"), COUNTS), {}),
]


@pytest.mark.parametrize(("event", "expected"), EVENTS, ids=lambda value: getattr(value, "kind", ""))
def test_each_event_is_json_without_a_token(event: Event, expected: dict[str, Any]) -> None:
    """With its kind, whose it is, and what it has."""
    found = json.loads(json.dumps(event.to_dict()))
    assert found["kind"] == event.kind == type(event).__name__.lower()
    assert {name: found[name] for name in expected} == expected
    assert "s3cr3t" not in json.dumps(found)
    if isinstance(event, Held | Synced):
        assert found["counts"]["held"] == 1
    if isinstance(event, Synced):
        assert found["report"]["verdict"] == "exact"


@pytest.mark.parametrize(("event", "_"), EVENTS, ids=lambda value: getattr(value, "kind", ""))
async def test_an_event_that_no_watch_has_made_can_be_acknowledged(event: Event, _: object) -> None:
    """For the tests of those who handle them; it is a value, and what acknowledges it is no part of that."""
    await event.done()
    assert "acknowledge" not in repr(event)
