"""The matching of two lists: against the same by dicts, and what it keeps."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.diff.difference import Added, Changed, Difference, Removed, differing_keys
from explo_async.diff.matching import Matcher
from explo_async.models import Customer
from explo_async.record import COLUMNS, LISTS, MAPPINGS, Record, customer_of, record_of
from tests.helpers.record_strategy import HARD, records

IDS = "abcdef"


def make_matcher() -> Matcher:
    return Matcher(lambda doubled: ValueError(f"{doubled} in old"), lambda doubled: ValueError(f"{doubled} in new"))


def texts_of(record: Record) -> dict[str, Any]:
    """Write each field as JSON with sorted keys, what is null as empty; the token, which may be None, as it is."""
    texts: dict[str, Any] = {}
    for name in COLUMNS[1:]:
        value = getattr(record, name)
        empty: Any = [] if name in LISTS else {} if name in MAPPINGS else value
        if name == "extra":
            texts |= {f"extra.{key}": json.dumps(each, sort_keys=True) for key, each in value.items()}
        else:
            texts[name] = value if name == "token" else json.dumps(value or empty, sort_keys=True)
    return texts


def differing(old: Record, new: Record) -> set[str]:
    """Name the fields that differ, in the slow and simple way."""
    before, after = texts_of(old), texts_of(new)
    names = {name for name in before | after if before.get(name) != after.get(name)}
    return names - {"token"} if None in {old.token, new.token} else names


def differing_lists(old: list[Record], new: list[Record]) -> list[tuple[str, str, set[str]]]:
    """List what differs between two lists, in the slow and simple way."""
    olds = {record.provided_id: record for record in old}
    news = {record.provided_id: record for record in new}
    both = [
        (provided_id, differing(record, news[provided_id]))
        for provided_id, record in olds.items()
        if provided_id in news
    ]
    return [
        *sorted(("changed", provided_id, fields) for provided_id, fields in both if fields),
        *(("removed", record.provided_id, set()) for record in old if record.provided_id not in news),
        *(("added", record.provided_id, set()) for record in new if record.provided_id not in olds),
    ]


def in_short(differences: list[Difference]) -> list[tuple[str, str, set[str]]]:
    """Write differences in the form of the slow and simple way, the changes sorted."""
    changed = [(each.kind, each.provided_id, set(each.fields)) for each in differences if isinstance(each, Changed)]
    rest: list[tuple[str, str, set[str]]] = [
        (each.kind, each.customer.provided_id, set()) for each in differences if not isinstance(each, Changed)
    ]
    return [*sorted(changed), *rest]


@st.composite
def pairs_of_lists(draw: st.DrawFn) -> tuple[list[Record], list[Record]]:
    """Draw two lists in any order; of the customers that both have some are the same, or the same but for the token."""
    sides: tuple[list[Record], list[Record]] = ([], [])
    for provided_id in IDS:
        old = msgspec.structs.replace(draw(records), provided_id=provided_id)
        match draw(st.integers(0, 5)):
            case 0:
                new = msgspec.structs.replace(draw(records), provided_id=provided_id)
            case 1:
                new = msgspec.structs.replace(old, token=draw(st.none() | st.text(max_size=3)))
            case 2:
                new = msgspec.structs.replace(old, properties=draw(st.sampled_from((None, {}, {"a": 1}, {"a": True}))))
            case _:
                new = old
        for side, record, there in zip(sides, (old, new), draw(st.tuples(st.booleans(), st.booleans())), strict=True):
            if there:
                side.append(record)
    return draw(st.permutations(sides[0])), draw(st.permutations(sides[1]))


@given(lists=pairs_of_lists(), steps=st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=12))
def test_it_finds_what_dicts_find(lists: tuple[list[Record], list[Record]], steps: list[tuple[bool, int]]) -> None:
    """Whatever differs, in whatever order and parts the lists are fed, is told once, and nothing else."""
    matcher = make_matcher()
    old, new = lists
    rest = [[*old], [*new]]
    found: list[Difference] = []
    for side, count in [*steps, (False, len(IDS)), (True, len(IDS))]:
        part, rest[side] = rest[side][:count], rest[side][count:]
        found += (matcher.feed_old, matcher.feed_new)[side](part)
    found += matcher.finish()
    expected = differing_lists(old, new)
    assert in_short(found) == expected
    both = {record.provided_id for record in old} & {record.provided_id for record in new}
    assert matcher.unchanged == len(both) - sum(kind == "changed" for kind, *_ in expected)
    for each in found:
        if isinstance(each, Changed):
            assert each.old == next(customer_of(record) for record in old if record.provided_id == each.provided_id)
            assert each.new == next(customer_of(record) for record in new if record.provided_id == each.provided_id)
        else:
            its_list = old if each.kind == "removed" else new
            assert each.customer == next(
                customer_of(record) for record in its_list if record.provided_id == each.customer.provided_id
            )


@pytest.mark.parametrize("record", HARD.values(), ids=HARD)
def test_a_hard_customer_is_itself(record: Record) -> None:
    """A customer is the same as itself, as a record and as a `Customer`, and comes out as it went in."""
    matcher = make_matcher()
    assert matcher.feed_old([record]) == []
    assert matcher.feed_new([customer_of(record)]) == []
    assert matcher.unchanged == 1
    alone = make_matcher()
    alone.feed_new([customer_of(record)])
    (added,) = alone.finish()
    assert repr(record_of(added.customer)) == repr(record)
    assert added.customer == customer_of(record)


def test_a_change_names_its_fields() -> None:
    """Fields are named in the order of the class, keys beyond them one by one, the token where both sides have one."""
    old = Customer(provided_id="a", name="A", token="s3cret-1", emails=("x",), extra={"b": 1, "c": 2, "d": None})
    new = Customer(provided_id="a", name="", token="s3cret-2", hierarchy_level="L", extra={"c": 2, "b": True, "e": 0})
    changed = Changed("a", old, new)
    assert changed.fields == ("name", "token", "emails", "hierarchy_level", "extra.b", "extra.d", "extra.e")
    assert "s3cret" not in repr(changed)
    assert "s3cret" not in repr((Added(old), Removed(old)))


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ({"a": 1, "b": {"x": 1, "y": 2}}, {"b": {"y": 2, "x": 1}, "a": 1}, []),
        ({"a": 1, "b": 0}, {"a": 1.0, "b": False}, ["a", "b"]),
        ({"a": None}, {}, ["a"]),
        ({}, {"a": [1, 2], "b": {}}, ["a", "b"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a"]),
    ],
)
def test_values_are_compared_as_json(old: dict[str, Any], new: dict[str, Any], keys: list[str]) -> None:
    """The order of keys does not count; that of lists, types and what is absent do."""
    assert list(differing_keys(old, new)) == keys
    assert Changed(
        "a", Customer(provided_id="a", properties=old), Customer(provided_id="a", properties=new)
    ).fields == (("properties",) if keys else ())


@pytest.mark.parametrize("waiting", [True, False], ids=["no counterpart yet", "matched"])
@pytest.mark.parametrize("parts", [["aba"], ["ab", "ca"]], ids=["in one part", "in two"])
@pytest.mark.parametrize("side", ["old", "new"])
def test_an_id_twice_is_an_error(side: str, parts: list[str], *, waiting: bool) -> None:
    """The second customer of an id is refused, whether the first has found its counterpart or not."""
    matcher = make_matcher()
    feed, feed_other = (matcher.feed_old, matcher.feed_new) if side == "old" else (matcher.feed_new, matcher.feed_old)
    if not waiting:
        feed_other([Record("a")])
    *first, last = [[Record(provided_id) for provided_id in part] for part in parts]
    for part in first:
        feed(part)
    with pytest.raises(ValueError, match=f"^a in {side}$"):
        feed(last)


def test_two_lists_in_step_keep_little() -> None:
    """Of lists in the same order that are fed as wished no more than a part waits, also after a gap."""
    matcher = make_matcher()
    old = [Record(f"{number}") for number in range(500)]
    sides = {False: iter(old[7:]), True: iter(old)}
    most = fed = 0
    while (record := next(sides[matcher.wants_old], None)) is not None:
        (matcher.feed_old if matcher.wants_old else matcher.feed_new)([record])
        fed += 1
        most = max(most, len(matcher._old) + len(matcher._new))
    assert fed > 900
    assert most <= 15
