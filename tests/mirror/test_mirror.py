"""What a run makes of the tables, in SQLite and in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient, ListingChanged, RemovalsHeld
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Body
from explo_async.mirror import mirror, run
from tests.mirror.bases import as_moment, current, held_at, is_there, moments, runs, served_by

if TYPE_CHECKING:
    from tests.mirror.bases import Base

TICK = timedelta(microseconds=1)


async def test_the_first_run_makes_the_tables(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """Everybody is there with all values, the run says what it did, and no history is begun unless asked for."""
    before = datetime.now(UTC)
    done = await mirror(explo, base.url)
    assert await current(base) == served_by(emulator)
    assert (done.run, done.created, done.changed, done.removed, done.kept) == (1, 2345, 0, 0, 0)
    assert (done.customers, done.unchanged, done.report.verdict) == (2345, 0, "exact")
    assert before < done.valid_from < datetime.now(UTC)
    assert not await is_there(base, "explo_customers_history")
    ((number, begun, at, ended, verdict, basis, customers),) = await runs(
        base, "run", "begun", "valid_from", "ended", "verdict", "basis", "customers"
    )
    assert (number, verdict, basis, customers) == (1, "exact", "exact", 2345)
    assert before < as_moment(begun) < as_moment(at) == done.valid_from < as_moment(ended) < datetime.now(UTC)


async def test_a_list_that_has_not_changed_changes_nothing(base: Base, explo: ExploClient) -> None:
    """Each row stays as it is, to the last column; only a row for the run is added."""
    statement = "select * from explo_customers{} order by provided_id"
    await mirror(explo, base.url, history=True)
    first = await base.rows(statement.format("")), await base.rows(statement.format("_history"))
    again = await mirror(explo, base.url, history=True)
    assert (again.run, again.created, again.changed, again.removed, again.unchanged) == (2, 0, 0, 0, 2345)
    assert (await base.rows(statement.format("")), await base.rows(statement.format("_history"))) == first
    assert await runs(base) == [(1,), (2,)]


async def test_what_was_added_changed_and_removed(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """The table follows, only the rows concerned have a new moment, and the history tells what was true when."""
    states = []
    for number in range(4):
        for _ in range(number):
            emulator.change(emulator.provided_ids[7 * number], name=f"Another {number}", properties={"n": number})
            emulator.delete_at(3)
            emulator.add({"provided_id": f"new-{number}"} if number == 2 and _ else None)
        done = await mirror(explo, base.url, history=True)
        assert await current(base) == served_by(emulator)
        states.append(served_by(emulator))
        assert (done.created, done.removed) == ((number, number) if number else (2345, 0))
        others = await base.rows(
            f"select count(*) from explo_customers where valid_from = {base.literal(done.valid_from)}"
        )
        assert others == [(done.created + done.changed,)]
    for at, state, after in zip(times := await moments(base), states, [*times[1:], None], strict=True):
        assert await held_at(base, at) == state
        assert await held_at(base, (after or datetime.now(UTC)) - TICK) == state
    assert await held_at(base, times[0] - TICK) == {}


async def test_who_comes_back_has_a_second_life(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """A gap in the history, and the state after it is another row, also where it is the same as before."""
    (gone,) = (emulator.customer(each) for each in emulator.provided_ids[:1])
    await mirror(explo, base.url, history=True)
    emulator.delete(gone["provided_id"])
    await mirror(explo, base.url, history=True)
    emulator.add(gone)
    await mirror(explo, base.url, history=True)
    times = await moments(base)
    found = await base.rows(
        f"select valid_from, valid_to from explo_customers_history where provided_id = '{gone['provided_id']}' "
        "order by valid_from"
    )
    lives = [tuple(None if each is None else as_moment(each) for each in row) for row in found]
    assert lives == [(times[0], times[1]), (times[2], None)]


async def test_a_history_begins_when_it_is_asked_for(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """With everybody as they are then; of the time before it knows nothing."""
    await mirror(explo, base.url)
    emulator.change(emulator.provided_ids[5], name="Another")
    emulator.delete_at(0)
    done = await mirror(explo, base.url, history=True)
    assert (done.changed, done.removed) == (1, 1)
    assert await held_at(base, done.valid_from) == served_by(emulator)
    assert await held_at(base, done.valid_from - TICK) == {}


@pytest.mark.parametrize("consistency", ["checked", "verified"])
async def test_only_an_exact_list_removes(base: Base, emulator: Emulator, explo: ExploClient, consistency: Any) -> None:
    """Any other adds and changes, leaves who is absent, and says how many these are."""
    await mirror(explo, base.url, history=True)
    whole = served_by(emulator)
    gone = emulator.provided_ids[:100]
    for each in gone:
        emulator.delete(each)
    emulator.add({"provided_id": "new"})
    done = await mirror(explo, base.url, history=True, consistency=consistency)
    assert (done.created, done.removed, done.kept) == (1, 0, 100)
    expected = served_by(emulator) | {each: whole[each] for each in gone}
    assert await current(base) == await held_at(base, done.valid_from) == expected
    done = await mirror(explo, base.url, history=True, allow_deletes=100)
    assert (done.removed, done.kept) == (100, 0)
    assert await current(base) == served_by(emulator)


async def test_too_many_removals_are_held_back(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """Nothing is changed, the error has the numbers and says what lets them; that is a ceiling, and not a licence."""
    await mirror(explo, base.url, history=True)
    before = await current(base)
    for _ in range(118):
        emulator.delete_at(5)
    emulator.change(emulator.provided_ids[0], name="Another")
    for allowed in (None, 117):
        with pytest.raises(RemovalsHeld, match="nothing was changed; .*allow_deletes=118 lets it") as held:
            await mirror(explo, base.url, history=True, allow_deletes=allowed)
        assert (held.value.removals, held.value.of, held.value.report.customers) == (118, 2345, 2227)
        assert await current(base) == before
        assert await runs(base) == [(1,)]
    done = await mirror(explo, base.url, history=True, allow_deletes=118)
    assert (done.removed, done.changed) == (118, 1)
    assert await current(base) == served_by(emulator)


async def test_the_limits_can_be_others(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """More than a number and more than a share are too many, as for a plan."""
    await mirror(explo, base.url)
    emulator.delete_at(0)
    with pytest.raises(RemovalsHeld, match="1 of 2345 \\(0 %\\), more than 0 and more than 0 %"):
        await mirror(explo, base.url, max_deletes=0, max_delete_share=0.0)
    for _ in range(199):
        emulator.delete_at(0)
    assert (await mirror(explo, base.url, max_delete_share=0.09)).removed == 200


async def test_another_account_removes_nobody_unasked(base: Base) -> None:
    """Not even as few as the limits let: a list with another token or address is hardly the same one."""
    for token, names, allowed in (("one", "ab", None), ("two", "abc", None), ("three", "bc", None), ("three", "bc", 1)):
        async with (
            Emulator([{"provided_id": name} for name in names], token=token) as emulator,
            ExploClient(token, base_url=emulator.url) as explo,
        ):
            if token == "three" and allowed is None:
                with pytest.raises(RemovalsHeld, match="by a list with another token or address"):
                    await mirror(explo, base.url)
            else:
                await mirror(explo, base.url, allow_deletes=allowed)
                assert list(await current(base)) == list(names)


async def test_tokens_are_there_if_they_are_asked_for(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """A new token is written and makes no other state; a run without tokens takes them out; no history has them."""
    read = "select provided_id, token from explo_customers where token is not null order by provided_id"
    await mirror(explo, base.url, history=True)
    assert await base.rows(read) == []
    for _ in range(2):
        done = await mirror(explo, base.url, history=True, with_tokens=True)
        assert (done.created, done.changed) == (0, 0)
        tokens = {each: emulator.customer(each)["token"] for each in emulator.provided_ids}
        assert await base.rows(read) == sorted(tokens.items())
        emulator.change(emulator.provided_ids[9], token="another-token")
    first = (await moments(base))[0]
    assert await base.rows(f"select 1 from explo_customers where valid_from <> {base.literal(first)}") == []
    await mirror(explo, base.url, history=True)
    assert await base.rows(read) == []
    assert await base.rows("select 1 from explo_customers_history where valid_to is not null") == []


async def test_a_list_that_cannot_be_proved_changes_nothing(base: Base) -> None:
    """The error is the stream's own."""
    records = [{"provided_id": f"{number}"} for number in range(20)]
    async with Emulator(records) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        await mirror(explo, base.url)
    short = Body(b'{"total_count": 20, "results": {"customers": [{"provided_id": "1"}]}}')
    async with (
        Emulator(records, faults=[short]) as emulator,
        ExploClient(emulator.token, base_url=emulator.url) as explo,
    ):
        with pytest.raises(ListingChanged):
            await mirror(explo, base.url)
    assert len(await current(base)) == 20
    assert await runs(base) == [(1,)]


async def test_an_empty_list(base: Base) -> None:
    """It makes empty tables, and removes as many as may be removed."""
    async with Emulator([]) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        for added in range(2):
            done = await mirror(explo, base.url, history=True)
            assert (done.run, done.created, done.removed, await current(base)) == (2 * added + 1, 0, added, {})
            emulator.add({"provided_id": "a"})
            assert (await mirror(explo, base.url, history=True)).created == 1
            emulator.delete("a")


async def test_two_mirrors_in_one_database(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """Each has its tables, and a filter of its own."""
    await mirror(explo, base.url, table="everybody")
    await mirror(explo, base.url, table="enterprises", hierarchy_level_name="Enterprise", history=True)
    everybody = served_by(emulator)
    level = {each: row for each, row in everybody.items() if row[1]["hierarchy_level"] == "Enterprise"}
    assert 0 < len(level) < len(everybody)
    assert await current(base, "everybody") == everybody
    assert await current(base, "enterprises") == level
    assert not await is_there(base, "explo_customers")


async def test_a_clock_that_was_set_back_makes_no_gap(
    base: Base, emulator: Emulator, explo: ExploClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run counts from later than the one before."""

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(days=1)

    await mirror(explo, base.url, history=True)
    emulator.change(emulator.provided_ids[0], name="Another")
    monkeypatch.setattr(run, "datetime", SetBack)
    await mirror(explo, base.url, history=True)
    first, second = await moments(base)
    assert second - first == TICK
    assert await held_at(base, second) == served_by(emulator)
    assert await held_at(base, first) != served_by(emulator)
