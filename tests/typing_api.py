"""Calls that only the type checker reads: what users write has the types that they expect."""

from __future__ import annotations

from typing import Any, assert_type

import attrs

from explo_async import Customer, CustomerList, CustomerPage, CustomerStream, ExploClient, FetchReport, RateLimit
from explo_async.diff import Diff, compare
from explo_async.record import RecordPage
from explo_async.watch import Added, Changed, Event, Removed


async def calls(explo: ExploClient) -> None:
    customers = await explo.customers.list(consistency="verified", invalid="collect", timeout=60)
    assert_type(customers, CustomerList)
    assert_type(customers[0], Customer)
    assert_type(customers.report, FetchReport)
    stream = explo.customers.stream(ordered=False)
    assert_type(stream, CustomerStream)
    async for customer in stream:
        assert_type(customer.emails, tuple[str, ...])
    async for page in explo.customers.stream().pages():
        assert_type(page, CustomerPage)
    async for rows in explo.customers.stream(resume_from=["a", "b"]).records():
        assert_type(rows, RecordPage)
        assert_type(rows.records[0].emails, list[str] | None)
    diff = compare(customers, "yesterday.parquet")
    assert_type(diff, Diff)
    assert_type(diff.changed[0].old, Customer)
    for result in (customers[0], customers.report, diff):
        assert_type(result.to_dict(with_tokens=True), dict[str, Any])
    assert_type(await explo.customers.count(parent_provided_id="acme"), int)
    assert_type(await explo.customers.page(2, page_size=50), CustomerPage)
    await explo.customers.list(consistency="perhaps")  # type: ignore[arg-type]
    await explo.customers.list("acme")  # type: ignore[call-arg]
    ExploClient("token", rate_limit=180)  # type: ignore[arg-type]
    ExploClient("token", rate_limit=RateLimit(100, per=60))
    customers[0].name = "x"  # type: ignore[misc]


@attrs.frozen(kw_only=True)
class Own(Customer):
    region: str | None = None


def customer_class(customer: Customer) -> None:
    _ = attrs.fields(Customer).provided_id
    _ = attrs.fields(Customer).nme  # type: ignore[attr-defined]
    assert_type(attrs.evolve(customer, name="x"), Customer)
    assert_type(attrs.asdict(customer), dict[str, Any])
    assert_type(Own(provided_id="a", region="eu").emails, tuple[str, ...])
    own = Own(provided_id="a")
    assert_type(attrs.evolve(own, region="us"), Own)
    assert_type((customer, own)[0], Customer)
    match customer:
        case Customer(provided_id=provided_id):
            assert_type(provided_id, str)
    Customer()  # type: ignore[call-arg]
    Customer(provided_id="a", nme="x")  # type: ignore[call-arg]
    Customer(provided_id=1)  # type: ignore[arg-type]
    Customer("a")  # type: ignore[call-arg]
    attrs.evolve(customer, nme="x")  # type: ignore[call-arg]


async def events(explo: ExploClient) -> None:
    async with explo.customers.watch(every=900.0, state="watch.sqlite", initial="skip") as watch:
        async for event in watch:
            assert_type(event, Event)
            if isinstance(event, Added | Changed | Removed):
                assert_type(event.provided_id, str)
            await event.done()
    explo.customers.watch(initial="all")  # type: ignore[arg-type]
