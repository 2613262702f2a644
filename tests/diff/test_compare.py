"""Comparing lists and files of customers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import asdict, evolve

from explo_async import ConfigurationError, Customer, CustomerList, ExportError
from explo_async.diff import Added, Changed, Diff, Removed, compare, iter_differences
from explo_async.files import jsonl_file
from explo_async.files.formats import FORMATS
from explo_async.models import FIELDS
from explo_async.record import customer_of
from tests.helpers.record_strategy import numbered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD = [Customer(provided_id=letter, name=letter.upper(), token=f"s3cret-{letter}") for letter in "abcdef"]
GONE, *KEPT = OLD
RENAMED = evolve(KEPT[2], name="Z", extra={"k": 1})
FRESH = [Customer(provided_id="y"), Customer(provided_id="x")]
NEW = [FRESH[0], *KEPT[:2], RENAMED, *KEPT[3:], FRESH[1]]


def write(path: Path, customers: list[Customer], *, with_tokens: bool = False) -> Path:
    """Write an export."""
    lines = []
    for customer in customers:
        row = {name: getattr(customer, name) for name in FIELDS if with_tokens or name != "token"} | dict(
            customer.extra
        )
        lines.append(json.dumps(row) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_comparison_holds_all_differences() -> None:
    """Customers are added and removed in the order of their list, and a change has both sides and its fields."""
    diff = compare(OLD, NEW)
    assert diff == Diff(
        added=tuple(FRESH), removed=(GONE,), changed=(Changed("d", old=KEPT[2], new=RENAMED),), unchanged=4
    )
    assert diff
    assert diff.changed[0].provided_id == "d"
    assert diff.changed[0].fields == ("name", "extra.k")
    assert repr(diff) == "<Diff: 2 added, 1 removed, 1 changed, 4 unchanged>"


def test_a_comparison_as_json() -> None:
    """Customers are as `to_dict` gives them, a change is its fields; no token, nor the values of a changed one."""
    changed = evolve(RENAMED, token="s3cret-z", emails=("a@d.example",))
    diff = compare(OLD, [*FRESH, *KEPT[:2], changed, *KEPT[3:]])
    given = diff.to_dict()
    assert given == json.loads(json.dumps(given))
    assert given == {
        "added": [customer.to_dict() for customer in FRESH],
        "removed": [GONE.to_dict()],
        "changed": [
            {
                "provided_id": "d",
                "fields": {
                    "name": {"old": "D", "new": "Z"},
                    "token": {},
                    "emails": {"old": [], "new": ["a@d.example"]},
                    "extra.k": {"new": 1},
                },
            }
        ],
        "unchanged": 4,
    }
    assert "s3cret" not in str(given)
    whole = diff.to_dict(with_tokens=True)
    assert whole["changed"][0]["fields"]["token"] == {"old": "s3cret-d", "new": "s3cret-z"}
    assert whole["removed"] == [GONE.to_dict(with_tokens=True)]
    assert asdict(diff)["removed"][0]["token"] == "s3cret-a", "as the docstring warns"


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ([], [], False),
        (OLD, OLD, False),
        ([], OLD, True),
        (OLD, [], True),
        (OLD, [*OLD[1:], evolve(GONE, name="Z")], True),
    ],
)
def test_a_comparison_is_true_when_something_differs(
    old: list[Customer], new: list[Customer], *, differs: bool
) -> None:
    """Each kind of difference counts, another order does not."""
    assert bool(compare(old, new)) is differs
    assert not compare(new, new[::-1])


def test_differences_come_as_soon_as_they_are_known() -> None:
    """A change is told before the lists have been read to their end; what has no counterpart comes last."""
    read = 0

    def endless() -> Iterator[Customer]:
        nonlocal read
        for number in range(1_000_000):
            read += 1
            yield Customer(provided_id=f"{number}", name="Z" if number == 5 else None)

    differences = iter_differences((Customer(provided_id=f"{number}") for number in range(1_000_000)), endless())
    first = next(differences)
    assert isinstance(first, Changed)
    assert first.provided_id == "5"
    assert read <= 1000
    differences.close()
    assert [type(each) for each in iter_differences(OLD, NEW)] == [Changed, Removed, Added, Added]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_files_of_all_formats_are_compared(form: Any, tmp_path: Path) -> None:
    """A path, as text or not, stands for the customers of the file; a null list or mapping equals an empty one."""
    records = numbered(2500)
    list(form.load().write(iter([records[:1500], records[1500:]]), tmp_path / f"old{form.ending}", with_tokens=False))
    customers = [customer_of(record) for record in records]
    assert compare(tmp_path / f"old{form.ending}", customers) == Diff((), (), (), 2500)
    diff = compare(customers[1:], str(tmp_path / f"old{form.ending}"))
    assert diff == Diff((customers[0],), (), (), 2499)


def test_a_fetched_list_is_compared(tmp_path: Path) -> None:
    """The tokens that a live list has, and an export usually not, are no difference; two different tokens are one."""
    live = CustomerList(OLD, report=None)  # type: ignore[arg-type]
    assert not compare(write(tmp_path / "plain.jsonl", OLD), live)
    assert not compare(live, tmp_path / "plain.jsonl")
    others = [evolve(customer, token="s3cret-too") for customer in OLD]
    diff = compare(write(tmp_path / "secret.jsonl", others, with_tokens=True), live)
    assert {each.fields for each in diff.changed} == {("token",)}
    assert diff.changed[0].old.token == "s3cret-too"
    assert "s3cret" not in repr((diff, diff.changed))


@pytest.mark.parametrize("side", [0, 1], ids=["old", "new"])
def test_an_id_twice_is_an_error(side: int, tmp_path: Path) -> None:
    """It names the list, and the id as far as it can be shown in a line."""
    long = Customer(provided_id="\n" + "n" * 100, token="s3cret")
    others = [Customer(provided_id="another")]
    lists = (others, [long, *OLD, long]) if side else ([*OLD, long, long], others)
    with pytest.raises(ValueError, match="is there twice$") as caught:
        compare(*lists)
    name = "new" if side else "old"
    shown = "'\\n" + "n" * 54 + "..."
    assert str(caught.value) == f"the {name} list of customers: the customer {shown} is there twice"
    files = [write(tmp_path / f"{number}.jsonl", customers) for number, customers in enumerate(lists)]
    with pytest.raises(ExportError, match="twice") as told:
        compare(*files)
    assert told.value.file == str(files[side])
    assert told.value.what == f"{str(files[side])!r}: the customer {shown} is there twice"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """What is not there, is no export, or has an unknown ending is told with its path and what to do."""
    with pytest.raises(ExportError) as caught:
        compare(tmp_path / "none.jsonl", OLD)
    path = str(tmp_path / "none.jsonl")
    assert str(caught.value) == f"cannot read {path!r}: No such file or directory; give the path of an export"
    assert caught.value.file == path
    (tmp_path / "wrong.jsonl").write_text('{"provided_id": "a"}\n{}\n')
    with pytest.raises(ExportError, match=r"line 2: provided_id is missing"):
        compare(OLD, tmp_path / "wrong.jsonl")
    with pytest.raises(ConfigurationError, match="'old.txt' has none of the endings .*; name the file so$"):
        compare("old.txt", OLD)


def test_files_are_closed_when_the_differences_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has seen enough closes the iterator, and both files with it."""
    closed = []
    read = jsonl_file.read

    def watched(path: Path) -> Iterator[Any]:
        try:
            yield from read(path)
        finally:
            closed.append(path.name)

    monkeypatch.setattr(jsonl_file, "read", watched)
    rest = [Customer(provided_id=str(number), name="x" * 1000) for number in range(1500)]
    differences = iter_differences(
        write(tmp_path / "old.jsonl", [*OLD, *rest]), write(tmp_path / "new.jsonl", [evolve(GONE, name="Z"), *rest])
    )
    next(differences)
    assert closed == []
    differences.close()
    assert sorted(closed) == ["new.jsonl", "old.jsonl"]
