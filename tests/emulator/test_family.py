"""Who is whose child."""

from __future__ import annotations

from explo_async.emulator.family import Family
from explo_async.emulator.records import Records
from explo_async.emulator.synthetic import children_of, parent_of, provided_id_of


def test_children_and_parents_agree() -> None:
    """A synthetic customer is a child of its parent, and of nobody else."""
    for serial in range(300):
        assert sorted(children_of(serial)) == [
            child for child in range(300) if parent_of(child) == provided_id_of(serial)
        ]


def test_a_list_may_end_within_a_family() -> None:
    """Children that the list is too short for, and those that were dropped, are none."""
    records = Records(0, 14)
    family = Family(records, {})
    records.drop(12)
    assert family.children_of(10) == [11, 13]
    assert list(family.above(13)) == [10, 0]


def test_two_customers_of_one_id_have_their_own_children() -> None:
    """A child belongs to the parent in its group, and to another group's where there is none."""
    records = Records(0, 0)
    family = Family(records, {})
    rows = [
        records.keep({"provided_id": provided_id, "access_group": group})
        for provided_id, group in [("p", "A"), ("p", "B"), ("a", "A"), ("b", "B"), ("c", "C")]
    ]
    for child in rows[2:]:
        family.join(child, "p")
    assert family.children_of(rows[0]) == [rows[2], rows[4]]
    assert family.children_of(rows[1]) == [rows[3]]
    family.join(rows[4], None)
    family.leave(rows[2])
    assert family.children_of(rows[0]) == []
    assert family.parent_of(rows[2]) is None


def test_told_parents_are_kept_for_later() -> None:
    """A parent that was given by id stands for whoever comes under that id."""
    assert Family(Records(0, 0), {"a": "b"}).told("a") == "b"
    assert Family(Records(0, 0), {"a": "b"}).told("b") is None
