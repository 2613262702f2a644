"""Applying, against the emulator: what is written, once, and what is left alone."""

from __future__ import annotations

import asyncio
import json
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from explo_async import (
    AuthenticationError,
    ConfigurationError,
    ExploClient,
    PlanRefused,
    RateLimited,
    RetryPolicy,
    TransportError,
)
from explo_async.emulator import Behaviour, Emulator
from explo_async.emulator.faults import Body, Close, Status
from explo_async.emulator.script import Script
from explo_async.errors import PlanStale
from explo_async.reconcile import Plan, Policy, Scope, apply, make_plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from explo_async.reconcile.items import Applied

LEVELS = ("Top", "Mid", "Low")
FREE = Policy(max_deletes=100, max_updates=100)


@asynccontextmanager
async def served(
    *customers: dict[str, Any], faults: Any = (), **behaviour: Any
) -> AsyncIterator[tuple[Emulator, ExploClient]]:
    """Serve these customers, and make a client."""
    server = Emulator(
        [], quota=None, levels=LEVELS, group_tags=("m", "x"), behaviour=Behaviour(**behaviour), faults=list(faults)
    )
    async with server, client(server) as explo:
        for customer in customers:
            await explo.customers.get_or_create(**customer)
        yield server, explo


def client(server: Emulator, **options: Any) -> ExploClient:
    """Make a client that repeats at once."""
    return ExploClient(
        options.pop("token", server.token),
        base_url=server.url,
        rate_limit=None,
        retry=RetryPolicy(wait_initial=0.001, attempts=3),
        **options,
    )


async def plan_for(explo: ExploClient, *rows: dict[str, Any], **options: Any) -> Plan:
    """Make a plan that no limit holds back."""
    usual: dict[str, Any] = {"policy": FREE, "expected_rows": len(rows)}
    return await make_plan(explo, rows, **usual | options)


async def run(explo: ExploClient, plan: Any, journal: Path, **options: Any) -> dict[tuple[str, str], Applied]:
    """Apply a plan to its end."""
    async with apply(explo, plan, journal=journal, **options) as applied:
        return {(item.kind, item.provided_id): item async for item in applied}


def outcomes(applied: dict[tuple[str, str], Applied]) -> dict[str, str]:
    """Return what became of whom."""
    return {provided_id: item.outcome for (_, provided_id), item in applied.items()}


def written(server: Emulator, since: int = 0) -> list[tuple[str, str | None]]:
    """List what was really written."""
    return [(write.verb.partition("_")[0], write.provided_id) for write in server.writes[since:]]


def check_secrets(folder: Path, tokens: list[str]) -> None:
    """Look for tokens in all files, and at who may read them."""
    for path in folder.iterdir():
        content = path.read_text()
        assert not any(token in content for token in tokens), path
        assert path.name == "plan.json.applied" or stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_plan_is_written_and_then_nothing_is_left(tmp_path: Path) -> None:
    """Each item once, and the next plan is empty; planning writes nothing."""
    rows: list[dict[str, Any]] = [{"provided_id": "new", "name": "N"}, {"provided_id": "a", "name": "A2"}]
    async with served({"provided_id": "a", "name": "A"}, {"provided_id": "z"}) as (server, explo):
        before = len(server.writes)
        plan = await plan_for(explo, *rows, delete=True)
        assert len(server.writes) == before
        assert not any(seen.writes for seen in server.log[before:])
        applied = await run(explo, plan, tmp_path / "journal")
        assert outcomes(applied) == {"new": "done", "a": "done", "z": "done"}
        assert sorted(written(server, before)) == [("create", "new"), ("delete", "z"), ("update", "a")]
        assert (await plan_for(explo, *rows, delete=True)).is_empty


async def test_parents_are_made_first_and_children_deleted_first(tmp_path: Path) -> None:
    """Whatever the order of the lists; who is still a parent waits until its children are gone."""
    rows: list[dict[str, Any]] = [
        {"provided_id": "low", "parent_provided_id": "mid", "hierarchy_level_name": "Low"},
        {"provided_id": "mid", "parent_provided_id": "top", "hierarchy_level_name": "Mid"},
        {"provided_id": "top", "hierarchy_level_name": "Top"},
    ]
    old: list[dict[str, Any]] = [
        {"provided_id": "o1", "hierarchy_level_name": "Top"},
        {"provided_id": "o2", "hierarchy_level_name": "Mid", "parent_provided_id": "o1"},
        {"provided_id": "o3", "hierarchy_level_name": "Low", "parent_provided_id": "o2"},
    ]
    async with served(*old) as (server, explo):
        before = len(server.writes)
        plan = await plan_for(explo, *rows, delete=True)
        assert set(outcomes(await run(explo, plan, tmp_path / "journal")).values()) == {"done"}
        assert written(server, before) == [
            ("create", "top"),
            ("create", "mid"),
            ("create", "low"),
            ("delete", "o3"),
            ("delete", "o2"),
            ("delete", "o1"),
        ]
        assert (await plan_for(explo, *rows, delete=True)).is_empty


async def test_a_parent_of_others_customers_is_not_deleted(tmp_path: Path) -> None:
    """Its child is not ours to delete."""
    old: list[dict[str, Any]] = [
        {"provided_id": "top", "hierarchy_level_name": "Top", "group_tags": ["m"]},
        {"provided_id": "theirs", "hierarchy_level_name": "Low", "parent_provided_id": "top"},
        {"provided_id": "kept", "group_tags": ["m"]},
    ]
    async with served(*old) as (server, explo):
        plan = await plan_for(explo, {"provided_id": "kept"}, delete=True, scope=Scope(group_tag="m"))
        applied = await run(explo, plan, tmp_path / "journal")
        assert applied["delete", "top"].outcome == "failed"
        assert "has 1 children" in applied["delete", "top"].detail
        assert not any(verb == "delete" for verb, _ in written(server))


async def test_what_has_changed_since_is_left_alone(tmp_path: Path) -> None:
    """Made, changed and gone by somebody else: conflict, or already as wanted."""
    old: list[dict[str, Any]] = [
        {"provided_id": name, "name": name} for name in ("changed", "gone", "same", "d1", "d2")
    ]
    rows: list[dict[str, Any]] = [
        {"provided_id": name, "name": "new"} for name in ("changed", "gone", "same", "made", "made too")
    ]
    async with served(*old) as (server, explo):
        plan = await plan_for(explo, *rows, delete=True)
        await explo.customers.update("changed", name="theirs")
        await explo.customers.delete(await explo.customers.get("gone"))
        await explo.customers.update("same", name="new")
        await explo.customers.get_or_create("made", name="theirs")
        await explo.customers.get_or_create("made too", name="new")
        await explo.customers.update("d1", name="theirs")
        await explo.customers.delete(await explo.customers.get("d2"))
        before = len(server.writes)
        applied = await run(explo, plan, tmp_path / "journal")
        assert outcomes(applied) == {
            "changed": "conflict",
            "gone": "conflict",
            "same": "already",
            "made": "conflict",
            "made too": "already",
            "d1": "conflict",
            "d2": "already",
        }
        assert applied["update", "changed"].detail == "it has changed since, in name"
        assert written(server, before) == []


async def test_what_did_not_take_is_told(tmp_path: Path) -> None:
    """A server that merges and appends keeps what was to go."""
    old = {"provided_id": "a", "emails": ["old@x"], "properties": {"old": 1}}
    async with served(old, objects="merge", emails="append") as (_, explo):
        plan = await plan_for(explo, {"provided_id": "a", "emails": ["new@x"], "properties": {"new": 1}})
        applied = await run(explo, plan, tmp_path / "journal")
        assert applied["update", "a"].outcome == "differs"
        assert applied["update", "a"].detail == "the server answers with another emails, properties"


@pytest.mark.parametrize("fault", [Close(done=True, times=1), Status(500, done=True, times=1)], ids=repr)
async def test_no_lost_answer_doubles_a_write(tmp_path: Path, fault: Any) -> None:
    """What was done is settled by reading, or by a repeat that changes nothing."""
    faults = [evolve(fault, verb=verb) for verb in ("update_customer", "delete_customer")]
    old: list[dict[str, Any]] = [{"provided_id": "a", "name": "A"}, {"provided_id": "z"}]
    async with served(*old, faults=faults) as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a", "name": "B"}, delete=True)
        assert set(outcomes(await run(explo, plan, tmp_path / "journal")).values()) == {"done"}
        assert written(server).count(("delete", "z")) == 1
        assert (await plan_for(explo, {"provided_id": "a", "name": "B"}, delete=True)).is_empty


async def test_a_delete_that_was_not_done_is_unknown(tmp_path: Path) -> None:
    """And left to the next plan."""
    async with served({"provided_id": "z"}, faults=[Close(verb="delete_customer")]) as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a"}, delete=True)
        applied = await run(explo, plan, tmp_path / "journal")
        assert (applied["delete", "z"].outcome, applied["create", "a"].outcome) == ("unknown", "done")
        assert ("delete", "z") not in written(server)


async def test_a_delete_of_somebody_who_has_just_gone_is_done(tmp_path: Path) -> None:
    """The server knows no such token: somebody else was quicker. For an update that is a failure."""
    faults = [
        Status(404, body=b'{"detail": "Not found."}', verb=verb) for verb in ("delete_customer", "update_customer")
    ]
    async with served({"provided_id": "z"}, {"provided_id": "a"}, faults=faults) as (_, explo):
        plan = await plan_for(explo, {"provided_id": "a", "name": "N"}, delete=True)
        assert outcomes(await run(explo, plan, tmp_path / "journal")) == {"z": "already", "a": "failed"}


async def test_a_create_that_the_server_fails_and_forgets_is_failed(tmp_path: Path) -> None:
    """It is read back, and nobody is there; or that fails as well, and nobody knows."""
    faults = [Status(500, verb="create_customer"), Status(403, verb="get_customer", provided_id="b")]
    async with served(faults=faults) as (_, explo):
        plan = await plan_for(explo, {"provided_id": "a"}, {"provided_id": "b"})
        assert outcomes(await run(explo, plan, tmp_path / "journal")) == {"a": "failed", "b": "unknown"}


async def test_an_answer_that_cannot_be_read_is_settled_by_reading_back(tmp_path: Path) -> None:
    """A delete whose answer is nonsense was sent once, and nobody reads it back as done."""
    fault = Body(b"[]", verb="delete_customer")
    async with served({"provided_id": "z"}, faults=[fault]) as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a"}, delete=True)
        applied = await run(explo, plan, tmp_path / "journal")
        assert applied["delete", "z"].outcome == "unknown"
        assert [seen.verb for seen in server.log].count("delete_customer") == 1


async def test_a_delete_whose_children_cannot_be_counted_is_not_sent(tmp_path: Path) -> None:
    """It has failed, and is no delete of which nobody knows whether it was done."""
    async with served({"provided_id": "z"}) as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a"}, delete=True)
        async with apply(explo, plan, journal=tmp_path / "journal") as applied:
            # Once the list has been read, the next one asks for the children.
            server._script = Script([Status(500, verb="list_customers")], 0)
            outcome = {item.provided_id: item.outcome async for item in applied}
        assert outcome == {"a": "done", "z": "failed"}
        assert "delete_customer" not in [seen.verb for seen in server.log]


async def test_children_of_the_scopes_parent_are_applied(tmp_path: Path) -> None:
    """Who they are is asked for once more before the first write; who has left is left alone."""
    old: list[dict[str, Any]] = [
        {"provided_id": "top", "hierarchy_level_name": "Top"},
        {"provided_id": "other", "hierarchy_level_name": "Top"},
        *({"provided_id": name, "hierarchy_level_name": "Low", "parent_provided_id": "top"} for name in ("a", "b")),
    ]
    async with served(*old) as (_, explo):
        rows = [{"provided_id": name, "name": "N"} for name in ("a", "b")]
        plan = await plan_for(explo, *rows, scope=Scope(parent_provided_id="top"))
        await explo.customers.update("b", parent_provided_id="other", hierarchy_level_name="Low")
        assert outcomes(await run(explo, plan, tmp_path / "journal")) == {"a": "done", "b": "conflict"}


async def test_a_server_that_keeps_failing_fails_the_item(tmp_path: Path) -> None:
    """What it answers otherwise is written."""
    faults = [
        Status(400, verb="update_customer", provided_id="a"),
        Status(500, verb="update_customer", provided_id="b"),
    ]
    async with served({"provided_id": "a"}, {"provided_id": "b"}, {"provided_id": "c"}, faults=faults) as (_, explo):
        plan = await plan_for(explo, *({"provided_id": name, "name": "N"} for name in "abc"))
        assert outcomes(await run(explo, plan, tmp_path / "journal")) == {"a": "failed", "b": "failed", "c": "done"}


async def test_what_concerns_all_items_ends_the_run_and_can_be_resumed(tmp_path: Path) -> None:
    """A token that was revoked: nothing more is sent, and the rest goes on later."""
    rows: list[dict[str, Any]] = [{"provided_id": f"n{number}", "name": "N"} for number in range(40)]
    fault = Status(401, verb="create_customer", provided_id="n20", times=1)
    async with served(faults=[fault]) as (server, explo):
        plan = await plan_for(explo, *rows)
        with pytest.raises(AuthenticationError):
            await run(explo, plan, tmp_path / "journal")
        assert len(server.writes) < 40
        await run(explo, None, tmp_path / "journal", resume=True)
        assert sorted(written(server)) == sorted(("create", row["provided_id"]) for row in rows)
        with pytest.raises(PlanStale, match="says that all is done"):
            await run(explo, None, tmp_path / "journal", resume=True)


async def test_a_run_that_is_left_can_be_resumed(tmp_path: Path) -> None:
    """What was on its way is settled by the list."""
    rows: list[dict[str, Any]] = [{"provided_id": f"n{number}", "name": "N"} for number in range(60)]
    async with served() as (server, explo):
        plan = await plan_for(explo, *rows)
        async with apply(explo, plan, journal=tmp_path / "journal") as applied:
            async for _ in applied:
                if applied.ended == 17:
                    break
        assert 17 <= len(server.writes) < 60
        resumed = await run(explo, plan, tmp_path / "journal", resume=True)
        assert set(outcomes(resumed).values()) == {"done"}
        assert len(resumed) <= 43
        assert sorted(written(server)) == sorted(("create", row["provided_id"]) for row in rows)


async def test_a_journal_without_its_first_line_is_a_fresh_start(tmp_path: Path) -> None:
    """Of the same plan, which has to be named."""
    journal = tmp_path / "journal"
    async with served() as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a"})
        journal.write_bytes(b'{"line":"apply","form')
        with pytest.raises(PlanRefused, match="ends before its first line.*name the plan as well"):
            await run(explo, None, journal, resume=True)
        await run(explo, plan, journal, resume=True)
        assert written(server) == [("create", "a")]


async def test_a_plan_is_applied_once(tmp_path: Path) -> None:
    """By its file also with another journal, and never over a journal that is there."""
    path = tmp_path / "plan.json"
    async with served() as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a"})
        plan.write(path)
        await run(explo, path, tmp_path / "journal")
        with pytest.raises(PlanStale, match="was applied already, with the journal .*journal"):
            await run(explo, path, tmp_path / "other")
        with pytest.raises(PlanStale, match="the journal .* is there already"):
            await run(explo, plan, tmp_path / "journal")
        assert written(server) == [("create", "a")]


async def test_a_plan_is_bound_to_what_it_was_made_for(tmp_path: Path) -> None:
    """Token, address, profile and age."""
    async with served() as (server, explo), served() as (_, another):
        plan = await plan_for(explo, {"provided_id": "a"}, profile="testing", policy=Policy(max_age=100.0))
        with pytest.raises(PlanStale, match="for another token or address"):
            await run(another, plan, tmp_path / "journal", profile="testing")
        with pytest.raises(PlanStale, match="made with testing, and is to be applied with no profile"):
            await run(explo, plan, tmp_path / "journal")
        old = Plan(**{name: getattr(plan, name) for name in plan.__struct_fields__} | {"made_at": plan.made_at - 101})
        with pytest.raises(PlanStale, match=r"the plan is \d+ s old, more than max_age=100"):
            await run(explo, old, tmp_path / "journal", profile="testing")
        assert not (tmp_path / "journal").exists()
        assert written(server) == []


async def test_what_is_more_than_allowed_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """The message says how to let it."""
    old: list[dict[str, Any]] = [{"provided_id": str(number)} for number in range(20)]
    async with served(*old) as (server, explo):
        before = len(server.writes)
        plan = await plan_for(explo, {"provided_id": "0"}, delete=True, policy=Policy())
        with pytest.raises(
            PlanRefused,
            match="deletes: 19 of 20 .*; look at the plan; if it is right, allow_deletes=19 lets its deletes$",
        ):
            await run(explo, plan, tmp_path / "journal")
        with pytest.raises(PlanRefused, match="19 removals, and 18 are allowed"):
            await run(explo, plan, tmp_path / "journal", allow_deletes=18)
        assert written(server, before) == []
        await run(explo, plan, tmp_path / "journal", allow_deletes=19)
        assert len(written(server, before)) == 19


async def test_no_secret_is_written_down(tmp_path: Path) -> None:
    """Neither the team's token nor a customer's, in plan, journal and audit; and nobody else can read these."""
    old: list[dict[str, Any]] = [{"provided_id": "a", "name": "A"}, {"provided_id": "z"}]
    async with served(*old) as (server, explo):
        tokens = [server.token, *(customer.token or "" for customer in await explo.customers.list())]
        plan = await plan_for(explo, {"provided_id": "a", "name": "B"}, {"provided_id": "n"}, delete=True)
        plan.write(tmp_path / "plan.json")
        await run(explo, tmp_path / "plan.json", tmp_path / "journal", audit=tmp_path / "audit")
        lines = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
        assert {(line["kind"], line["provided_id"], line["outcome"], line["plan"]) for line in lines} == {
            ("create", "n", "done", plan.digest),
            ("update", "a", "done", plan.digest),
            ("delete", "z", "done", plan.digest),
        }
        (update,) = [line for line in lines if line["kind"] == "update"]
        assert (update["before"], update["after"]) == ({"name": "A"}, {"name": "B"})
    check_secrets(tmp_path, tokens)


async def test_an_apply_is_used_as_it_says() -> None:
    """In a block, and with a plan."""
    async with served() as (_, explo):
        with pytest.raises(ConfigurationError, match="apply needs a plan, or resume=True"):
            apply(explo, None, journal="j")
        with pytest.raises(ConfigurationError, match="allow_deletes must be an int"):
            apply(explo, await plan_for(explo, {"provided_id": "a"}), journal="j", allow_deletes=-1)
        with pytest.raises(ConfigurationError, match="the apply is not begun"):
            await anext(apply(explo, await plan_for(explo, {"provided_id": "a"}), journal="j"))


async def test_a_server_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    """The journal tells what was begun; nothing hangs, and whoever asks once more gets the same."""
    rows: list[dict[str, Any]] = [{"provided_id": f"n{number}"} for number in range(30)]
    fault = Close(verb="create_customer", provided_id="n20")
    async with served(faults=[fault, Close(verb="create_customer", provided_id="n21")]) as (_, explo):
        plan = await plan_for(explo, *rows)
        async with apply(explo, plan, journal=tmp_path / "journal") as applied:
            with pytest.raises(TransportError):
                [item async for item in applied]
            with pytest.raises(TransportError):
                await asyncio.wait_for(anext(applied), 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delete": True, "expected_rows": None}, "delete=True without a scope would delete whatever is not desired"),
        ({"expected_rows": 3}, "has 1 customers, not the 3 of expected_rows; look whether it was cut off"),
        ({"expected_rows": 0}, "expected_rows must be an int of at least 1"),
        ({"fields": ["nam"]}, "no field 'nam'"),
    ],
)
async def test_a_plan_that_cannot_be_meant_is_refused(options: dict[str, Any], message: str) -> None:
    """Before anything is sent."""
    async with served() as (server, explo):
        with pytest.raises(ConfigurationError, match=message):
            await plan_for(explo, {"provided_id": "a"}, **options)
        assert list(server.log) == []


async def test_a_journal_without_its_first_line_goes_on_with_the_plans_file(tmp_path: Path) -> None:
    """Though the plan was marked as applied by then; with another journal it stays so."""
    path, journal = tmp_path / "plan.json", tmp_path / "journal"
    async with served() as (server, explo):
        (await plan_for(explo, {"provided_id": "a"})).write(path)
        async with apply(explo, path, journal=journal):
            pass
        journal.write_bytes(b"")
        with pytest.raises(PlanStale, match="was applied already"):
            await run(explo, path, tmp_path / "other")
        applied = await run(explo, path, journal, resume=True)
        assert set(applied) == {("create", "a")}
        assert written(server) == [("create", "a")]


async def test_a_journal_that_is_there_does_not_spend_the_plan(tmp_path: Path) -> None:
    """Nothing was done: it can be applied with another one; the audit file is closed."""
    path, journal = tmp_path / "plan.json", tmp_path / "journal"
    journal.touch()
    async with served() as (server, explo):
        (await plan_for(explo, {"provided_id": "a"})).write(path)
        with pytest.raises(PlanStale, match="is there already"):
            await run(explo, path, journal, audit=tmp_path / "audit")
        with pytest.raises(PlanStale, match="is there already"):
            await run(explo, path, journal)
        await run(explo, path, tmp_path / "other")
        assert written(server) == [("create", "a")]


async def test_a_journal_is_that_of_one_plan(tmp_path: Path) -> None:
    """Another plan does not go on with it; and there has to be a plan or a journal, entered before it is iterated."""
    async with served() as (_, explo):
        plan, other = await plan_for(explo, {"provided_id": "a"}), await plan_for(explo, {"provided_id": "b"})
        async with apply(explo, plan, journal=tmp_path / "journal"):
            pass
        with pytest.raises(PlanRefused, match="is that of another plan; leave the plan out, or name its own journal"):
            await run(explo, other, tmp_path / "journal", resume=True)
        with pytest.raises(ConfigurationError, match="apply needs a plan, or resume=True"):
            apply(explo, None, journal=tmp_path / "j")
        with pytest.raises(ConfigurationError, match="the apply is not begun"):
            await anext(apply(explo, plan, journal=tmp_path / "j"))


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ([Status(500, done=True, verb="create_customer")], "done"),
        ([Status(500, verb="create_customer")], "failed"),
        ([Status(500, verb="create_customer"), Status(500, verb="get_customer")], "unknown"),
        ([Body(b"{", verb="create_customer", done=True)], "done"),
        ([Status(429, verb="create_customer", headers={"Retry-After": "500"})], None),
    ],
    ids=str,
)
async def test_a_failure_is_settled_by_reading_back(tmp_path: Path, faults: Any, outcome: str | None) -> None:
    """Done, not done, or not to be told; what concerns all items is raised."""
    async with served(faults=faults) as (_, explo):
        plan = await plan_for(explo, {"provided_id": "a", "name": "A"})
        if outcome is None:
            with pytest.raises(RateLimited):
                await run(explo, plan, tmp_path / "journal")
        else:
            assert outcomes(await run(explo, plan, tmp_path / "journal")) == {"a": outcome}


async def test_who_makes_it_meanwhile(tmp_path: Path) -> None:
    """Between the list and the write: as wanted it is done, otherwise a conflict."""
    async with served() as (server, explo):
        plan = await plan_for(explo, {"provided_id": "a", "name": "A"}, {"provided_id": "b", "name": "B"})

        def make(seen: Any) -> None:
            if seen.verb == "create_customer":
                server.on_request = None
                for name in ("a", "b"):
                    server.add({"provided_id": name, "name": "A"})

        server.on_request = make
        applied = await run(explo, plan, tmp_path / "journal")
        assert outcomes(applied) == {"a": "done", "b": "conflict"}
        assert applied["create", "b"].detail.startswith("somebody else has made it meanwhile; ")
