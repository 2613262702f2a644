"""The customers that the emulator serves, and how their list changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from explo_async.emulator.book import CustomerBook
from explo_async.emulator.dialect import Dialect, PageQuery
from explo_async.emulator.page_cutter import PageCutter
from explo_async.emulator.synthetic import level_of, make_customer, parent_of, provided_id_of, serial_of

if TYPE_CHECKING:
    from explo_async.emulator.answers import Answer

FIRST = PageQuery(page=1, page_size=100)


def cut(cutter: PageCutter, listing: PageQuery) -> Answer:
    """Cut a page under the count of this moment."""
    return cutter.cut(listing, cutter.count(listing))


def test_a_synthetic_customer_depends_on_seed_and_serial_alone() -> None:
    """The same seed and serial number give the same record, another of either another one."""
    assert make_customer(1, 5) == make_customer(1, 5)
    assert make_customer(1, 5) != make_customer(2, 5)
    assert make_customer(1, 5)["token"] != make_customer(1, 6)["token"]


def test_synthetic_records_have_the_documented_size_and_variety() -> None:
    """About 620 bytes on average, every field with more than one value, some lists and mappings empty."""
    records = [make_customer(0, serial) for serial in range(5000)]
    assert 600 <= len(msgspec.json.encode(records)) / len(records) <= 640
    for name in ("is_demo_group", "access_group", "hierarchy_level"):
        assert len({record[name] for record in records}) > 1
    for name in ("emails", "group_tags", "properties", "parent_schema_datasource_mapping"):
        assert {bool(record[name]) for record in records} == {True, False}
    assert all(record["token"].startswith("fake-token-of-") for record in records)
    assert any(not record["name"].isascii() for record in records)


def test_computed_values_include_the_customers_own() -> None:
    """What is computed is what was inherited and what the customer has itself."""
    for record in (make_customer(0, serial) for serial in range(200)):
        assert record["properties"].items() <= record["computed_properties"].items()
        own, computed = "parent_schema_datasource_mapping", "computed_parent_schema_datasource_mapping"
        assert record[own].items() < record[computed].items()


@pytest.mark.parametrize("serial", [0, 42, 9_999_999, 10_000_000])
def test_an_id_tells_its_serial_number(serial: int) -> None:
    """Ids are made from serial numbers and lead back to them."""
    assert serial_of(provided_id_of(serial)) == serial


@pytest.mark.parametrize(
    "provided_id",
    [
        "acme",
        "customer-42",
        "customer-",
        "customer-00000x1",
        "0000001",
        "customer-\u0660\u0660\u0660\u0660\u0660\u0660\u0661",
    ],
)
def test_another_id_has_no_serial_number(provided_id: str) -> None:
    """Only the exact form of a synthetic id has a serial number."""
    assert serial_of(provided_id) is None


def test_a_parent_is_one_level_up() -> None:
    """Branches belong to regions or enterprises, regions to enterprises, enterprises to none."""
    assert [(level_of(serial), parent_of(serial)) for serial in (300, 340, 345, 305)] == [
        ("Enterprise", None),
        ("Region", "customer-0000300"),
        ("Branch", "customer-0000340"),
        ("Branch", "customer-0000300"),
    ]


def test_a_fresh_customer_goes_to_the_end() -> None:
    """Without arguments a new synthetic customer is appended, and an id never comes twice."""
    book = CustomerBook(2)
    book.delete_at(1)
    assert book.add()["provided_id"] == "customer-0000002"
    assert book.provided_ids == ("customer-0000000", "customer-0000002")


def test_a_record_goes_where_it_is_told() -> None:
    """A given record is inserted before the index, and the synthetic rows keep their ids."""
    book = CustomerBook(2)
    assert book.add({"provided_id": "new", "x": 1}, 1) == {"provided_id": "new", "x": 1}
    book.add(index=0)
    assert book.provided_ids == ("customer-0000002", "customer-0000000", "new", "customer-0000001")


def test_a_given_record_is_a_copy() -> None:
    """A later change of the caller's dict does not reach the list."""
    record = {"provided_id": "a", "name": "before"}
    book = CustomerBook([record])
    record["name"] = "after"
    assert book.records([-1]) == [{"provided_id": "a", "name": "before"}]


def test_deleting_by_id_finds_both_kinds() -> None:
    """A synthetic and a given customer are taken out by id, and a given id can come back."""
    book = CustomerBook(3)
    book.add({"provided_id": "mine"})
    book.delete("customer-0000001")
    book.delete("mine")
    assert book.provided_ids == ("customer-0000000", "customer-0000002")
    book.add({"provided_id": "mine", "name": "again"})
    assert len(book) == 3


def test_a_change_keeps_the_place_and_the_parent() -> None:
    """Other values of a customer, of either kind, stand where it stood; its id stays, and whose child it is."""
    book = CustomerBook(30)
    book.add({"provided_id": "given"}, 0)
    ids = book.provided_ids
    for provided_id in ("given", provided_id_of(17), provided_id_of(17)):
        version = book.version
        record = book.change(provided_id, {"name": "Other", "provided_id": "never"})
        assert (record["name"], record["provided_id"]) == ("Other", provided_id)
        assert book.version > version
    assert book.provided_ids == ids
    names = [record.get("name") for record in book.records(book.select(provided_id_of(10), None))]
    assert names.count("Other") == 1
    assert len(names) == 9
    with pytest.raises(KeyError):
        book.change("absent", {})


def test_a_record_can_be_changed_again() -> None:
    """Each change is of what the one before has left, and the last one is served."""
    book = CustomerBook([{"provided_id": "given", "name": "A"}])
    book.change("given", {"name": "B", "emails": []})
    assert book.change("given", {"name": "C"}) == {"provided_id": "given", "name": "C", "emails": []}
    assert book.records(book.select(None, None)) == [{"provided_id": "given", "name": "C", "emails": []}]


def test_a_record_that_is_gone_takes_no_memory() -> None:
    """However many changes and deletions there are, only the records in the list are kept."""
    book = CustomerBook(3)
    for number in range(100):
        book.change("customer-0000001", {"name": str(number)})
    book.delete("customer-0000001")
    assert book._records._kept == [{}]


@pytest.mark.parametrize("provided_id", ["customer-0000001", "customer-0000009", "other"])
def test_deleting_what_is_not_there_is_a_key_error(provided_id: str) -> None:
    """An id deleted before, never given out or unknown is a KeyError that names it."""
    book = CustomerBook(3)
    book.delete_at(1)
    with pytest.raises(KeyError, match=provided_id):
        book.delete(provided_id)


@pytest.mark.parametrize("provided_id", ["customer-0000001", "mine"])
def test_an_id_cannot_be_there_twice(provided_id: str) -> None:
    """A record whose id is taken, by a synthetic customer or a given one, is refused."""
    book = CustomerBook(2)
    book.add({"provided_id": "mine"})
    with pytest.raises(ValueError, match=f"'{provided_id}' is in the list already"):
        book.add({"provided_id": provided_id})


@pytest.mark.parametrize("record", [{}, {"provided_id": None}, {"provided_id": 7}])
def test_a_record_needs_an_id(record: dict[str, object]) -> None:
    """A record without an id that is a string is refused."""
    with pytest.raises(TypeError, match="needs a provided_id that is a string"):
        CustomerBook([record])


def test_a_synthetic_id_may_be_given_when_it_is_free() -> None:
    """A fresh synthetic customer never takes the id of a given record."""
    book = CustomerBook(1)
    book.add({"provided_id": "customer-0000001"})
    assert book.add()["provided_id"] == "customer-0000002"
    assert book.provided_ids == ("customer-0000000", "customer-0000001", "customer-0000002")


def test_a_page_is_encoded_once_until_the_list_changes() -> None:
    """The same page is the same bytes object; after a change it is cut anew."""
    book = CustomerBook(150)
    cutter = PageCutter(book, Dialect())
    before = cut(cutter, FIRST).body
    assert cut(cutter, FIRST).body is before
    book.delete_at(0)
    after = msgspec.json.decode(cut(cutter, FIRST).body)
    assert after["total_count"] == 149
    assert after["results"]["customers"][0]["provided_id"] == "customer-0000001"
    book.add()
    assert msgspec.json.decode(cut(cutter, FIRST).body)["total_count"] == 150


def test_prepared_pages_are_handed_out() -> None:
    """Preparing encodes all pages of a size, and they are the pages that would have been cut."""
    book = CustomerBook(250)
    prepared, plain = PageCutter(book, Dialect()), PageCutter(book, Dialect())
    prepared.prepare(100)
    book.seed = 1  # What is made from now on would differ.
    pages = [PageQuery(page=page, page_size=100) for page in (1, 2, 3)]
    assert all(cut(prepared, page).body != cut(plain, page).body for page in pages)
    book.seed = 0
    fresh = PageCutter(book, Dialect())
    assert [cut(prepared, page) for page in pages] == [cut(fresh, page) for page in pages]


def test_preparing_follows_the_list_and_the_maximum() -> None:
    """Pages prepared after a change are those of the changed list, and a size above the maximum is clamped."""
    book = CustomerBook(150)
    cutter = PageCutter(book, Dialect(max_page_size=100))
    cutter.prepare(100)
    book.delete_at(0)
    cutter.prepare(5000)
    book.seed = 1
    customers = msgspec.json.decode(cut(cutter, FIRST).body)["results"]["customers"]
    assert customers == [make_customer(0, serial) for serial in range(1, 101)]


def test_kept_pages_stay_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest pages are forgotten when the kept ones take too much memory."""
    monkeypatch.setattr("explo_async.emulator.page_cutter.KEPT_BYTES", 100_000)
    cutter = PageCutter(CustomerBook(300), Dialect())
    second = PageQuery(page=2, page_size=100)
    first_body, second_body = cut(cutter, FIRST).body, cut(cutter, second).body
    assert cut(cutter, second).body is second_body
    assert cut(cutter, FIRST).body is not first_body


def test_a_million_customers_take_little_memory() -> None:
    """Synthetic customers are integers until they are served."""
    import tracemalloc  # noqa: PLC0415 - only here

    tracemalloc.start()
    try:
        book = CustomerBook(1_000_000)
        body = cut(PageCutter(book, Dialect()), PageQuery(page=1000, page_size=1000)).body
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert msgspec.json.decode(body)["results"]["customers"][-1]["provided_id"] == "customer-0999999"
    assert peak < 24_000_000
