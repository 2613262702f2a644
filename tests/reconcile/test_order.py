from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explo_async.reconcile.fields import PARENT
from explo_async.reconcile.items import Create, Delete, Update
from explo_async.reconcile.order import stages
from tests.reconcile.plans import make

parents = st.lists(st.integers(0, 20), min_size=1, max_size=20)


@given(parents, st.randoms())
def test_a_parent_is_made_in_an_earlier_stage(above: list[int], chance: object) -> None:
    """Whatever the order of the desired list, and however deep; every item is there once."""
    creates = [
        Create(str(number), {PARENT: str(parent)} if parent < number else {"name": "x"})
        for number, parent in enumerate(above)
    ]
    chance.shuffle(creates)  # type: ignore[attr-defined]
    found = stages(make(creates=tuple(creates)))
    place = {item.provided_id: level for level, stage in enumerate(found) for item in stage}
    assert len(place) == len(creates) == sum(map(len, found))
    for create in creates:
        if PARENT in create.values:
            assert place[create.values[PARENT]] < place[create.provided_id]


def test_updates_come_after_creates_and_deletes_last() -> None:
    """What is moved may go below what is made; what is deleted may have been left by its children."""
    update, delete = Update("u", {}, {"name": "x"}), Delete("d", {})
    create = Create("c", {PARENT: "there"})
    assert stages(make(creates=(create,), updates=(update,), deletes=(delete,))) == [(create,), (update,), (delete,)]
    assert stages(make()) == []
