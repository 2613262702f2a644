"""What the emulated endpoint answers."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest

from explo_async.emulator import EARLIER, Dialect, Emulator
from tests.helpers.emulator_client import PATH, asking

RECORDS: list[dict[str, Any]] = [
    {"provided_id": "a", "name": "A", "is_demo_group": False, "hierarchy_level": "Top"},
    {"provided_id": "b", "name": None, "group_tags": ["x_y"], "properties": {"filter_value": 1}},
    {"provided_id": "c", "hierarchy_level": "Leaf"},
]


async def test_a_page_holds_its_rows_and_the_total() -> None:
    """A page is the documented envelope around the rows with its numbers."""
    async with Emulator(45) as emulator, asking(emulator) as ask:
        reply = await ask(page=2, page_size=20)
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert list(reply.json()) == ["total_count", "results"]
        assert reply.json()["total_count"] == 45
        assert reply.provided_ids == list(emulator.provided_ids[20:40])


async def test_page_and_size_have_the_documented_defaults() -> None:
    """Without a query the first twenty customers come."""
    async with Emulator(45) as emulator, asking(emulator) as ask:
        assert (await ask()).provided_ids == list(emulator.provided_ids[:20])


async def test_given_records_are_served_as_they_are() -> None:
    """Records given are served unchanged, with every oddity of theirs, in the order given."""
    async with Emulator(RECORDS) as emulator, asking(emulator) as ask:
        assert (await ask()).json() == {"total_count": 3, "results": {"customers": RECORDS}}


@pytest.mark.parametrize("size", ["1001", "99999", "9999999999"])
async def test_a_page_size_above_the_maximum_is_clamped(size: str) -> None:
    """A page has at most `max_page_size` rows."""
    async with Emulator(1500) as emulator, asking(emulator) as ask:
        assert len((await ask(page_size=size)).provided_ids) == 1000
        assert emulator.log[0].page_size == 1000


@pytest.mark.parametrize("size", ["0", "-5", "ten", "", "9" * 5000, "٣"])
async def test_an_odd_page_size_becomes_the_default(size: str) -> None:
    """A page size that is no positive number counts as none at all."""
    async with Emulator(45) as emulator, asking(emulator, max_line_size=16384) as ask:
        assert len((await ask(page_size=size)).provided_ids) == 20


@pytest.mark.parametrize("page", ["abc", "0", "-1", "1.5", "3", "4", "", "9" * 40])
async def test_a_page_that_does_not_exist_is_a_404(page: str) -> None:
    """No page number, and a page past the end, get the framework's 404."""
    async with Emulator(40) as emulator, asking(emulator) as ask:
        reply = await ask(page=page)
        assert (reply.status, reply.json()) == (404, {"detail": "Invalid page."})


async def test_a_page_past_the_end_can_be_an_empty_list() -> None:
    """With `past_end="empty"` a page past the end is a 200 without rows; a page "abc" still is a 404."""
    async with Emulator(45, dialect=Dialect(past_end="empty")) as emulator, asking(emulator) as ask:
        assert (await ask(page=4)).json() == {"total_count": 45, "results": {"customers": []}}
        assert (await ask(page="abc")).status == 404


async def test_page_1_of_an_empty_list_exists() -> None:
    """An empty list has one page, without rows."""
    async with Emulator([]) as emulator, asking(emulator) as ask:
        assert (await ask()).json() == {"total_count": 0, "results": {"customers": []}}


async def test_a_wrong_token_is_refused() -> None:
    """Without the right token the answer is the framework's 401, whatever is asked for."""
    async with Emulator(1, token="another-fake") as emulator, asking(emulator) as ask:
        reply = await ask(token="emulator-token", page="abc")
        assert (reply.status, reply.json()) == (401, {"detail": "Invalid token."})
        assert (await ask()).status == 200


@pytest.mark.parametrize(
    ("path", "method", "status", "detail"),
    [
        ("/v2/api/customers", "GET", 405, "Method not allowed."),
        (PATH, "POST", 405, "Method not allowed."),
        ("/v2/api/customers//", "GET", 404, "Not found."),
        ("/api/v2/customers/", "GET", 404, "Not found."),
    ],
)
async def test_another_path_or_method_is_refused(path: str, method: str, status: int, detail: str) -> None:
    """Only a GET of the path with its trailing slash is answered."""
    async with Emulator(1) as emulator, asking(emulator) as ask:
        reply = await ask(path, method=method)
        assert (reply.status, reply.json()) == (status, {"detail": detail})
        assert emulator.log[0].path == path


async def test_filters_narrow_the_list() -> None:
    """Both filters count and page the customers that pass them; together they both apply."""
    async with Emulator(1000) as emulator, asking(emulator) as ask:
        reply = await ask(parent_provided_id="customer-0000100", page_size=5, page=2)
        assert reply.json()["total_count"] == 18
        assert reply.provided_ids == [f"customer-{serial:07}" for serial in (106, 107, 108, 109, 110)]
        assert (await ask(hierarchy_level_name="Enterprise")).json()["total_count"] == 10
        both = await ask(parent_provided_id="customer-0000100", hierarchy_level_name="Region")
        assert both.provided_ids == [f"customer-{serial:07}" for serial in range(110, 200, 10)]
        assert (await ask(hierarchy_level_name="Nowhere")).json()["total_count"] == 0


async def test_filters_know_the_parents_of_given_records() -> None:
    """Parents are given beside the records, levels stand in them."""
    async with Emulator(RECORDS, parents={"b": "a", "c": "a"}) as emulator, asking(emulator) as ask:
        assert (await ask(parent_provided_id="a")).provided_ids == ["b", "c"]
        assert (await ask(parent_provided_id="c")).provided_ids == []
        assert (await ask(parent_provided_id="a", hierarchy_level_name="Leaf")).provided_ids == ["c"]


@pytest.mark.parametrize(
    ("honoured", "query", "rows"),
    [
        ("page_size", {"page_size": "7"}, 7),
        ("page_size", {"pageSize": "7"}, 20),
        ("pageSize", {"pageSize": "7"}, 7),
        ("pageSize", {"page_size": "7"}, 20),
        (None, {"page_size": "7", "pageSize": "7"}, 20),
    ],
)
async def test_only_the_honoured_spelling_sets_the_page_size(honoured: str, query: dict[str, str], rows: int) -> None:
    """The other spelling of the page size is ignored without a word."""
    dialect = Dialect(page_size_name=honoured)  # type: ignore[arg-type]
    async with Emulator(45, dialect=dialect) as emulator, asking(emulator) as ask:
        assert len((await ask(**query)).provided_ids) == rows


async def test_the_earlier_form_has_its_own_words() -> None:
    """The earlier documented form: another path, `count`, camelCase keys with values untouched, links."""
    async with Emulator(RECORDS, dialect=EARLIER) as emulator, asking(emulator) as ask:
        assert (await ask()).status == 404
        link = f"{emulator.url}/api/v2/customers/?page={{}}&page_size=1"
        assert (await ask("/api/v2/customers/", page=2, page_size=1)).json() == {
            "count": 3,
            "next": link.format(3),
            "previous": link.format(1),
            "results": {
                "customers": [
                    {"providedId": "b", "name": None, "groupTags": ["x_y"], "properties": {"filter_value": 1}}
                ]
            },
        }


async def test_links_end_at_both_ends_and_keep_the_filters() -> None:
    """There is no link before the first page or after the last, and a link asks for the same part of the list."""
    dialect = Dialect(next_links=True, page_size_name=None, default_page_size=1)
    async with Emulator(RECORDS, parents={"b": "a", "c": "a"}, dialect=dialect) as emulator, asking(emulator) as ask:
        first = (await ask(parent_provided_id="a")).json()
        assert first["previous"] is None
        assert first["next"] == f"{emulator.url}{PATH}?parent_provided_id=a&page=2"
        last = (await ask(parent_provided_id="a", page=2)).json()
        assert last["next"] is None


async def test_the_count_can_be_named() -> None:
    """`count_name` goes before the documented names."""
    async with Emulator(1, dialect=Dialect(count_name="totalCount")) as emulator, asking(emulator) as ask:
        assert next(iter((await ask()).json())) == "totalCount"


async def test_gzip_comes_to_clients_that_can_read_it() -> None:
    """With `gzip=True` a body is compressed when the request accepts that, and only then."""
    async with Emulator(45, gzip=True) as emulator, asking(emulator, auto_decompress=False) as ask:
        packed, plain = await ask(accept="gzip, deflate"), await ask()
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed.body) == plain.body
        assert (await ask(accept="gzip", page="abc")).json() == {"detail": "Invalid page."}


async def test_without_gzip_nothing_is_compressed() -> None:
    """By default a client that accepts gzip gets a plain body."""
    async with Emulator(45) as emulator, asking(emulator, auto_decompress=False) as ask:
        assert (await ask(accept="gzip")).json()["total_count"] == 45


@pytest.mark.parametrize("dialect", [Dialect(), EARLIER])
def test_the_documented_examples_are_the_dialects_words(dialect: Dialect, request: pytest.FixtureRequest) -> None:
    """The envelope and the record keys are those of the documented examples."""
    name = "customers_page.json" if dialect == Dialect() else "customers_page_camel.json"
    golden = msgspec.json.decode((request.path.parents[1] / "golden" / name).read_bytes())
    worded = dialect.word(dialect.read({}), _documented_records(), 10, "http://127.0.0.1")
    assert list(worded) == list(golden)
    assert list(worded["results"]["customers"][0]) == list(golden["results"]["customers"][0])


def _documented_records() -> list[dict[str, object]]:
    return [
        dict.fromkeys(
            [
                "token",
                "name",
                "provided_id",
                "is_demo_group",
                "emails",
                "group_tags",
                "properties",
                "computed_properties",
                "access_group",
                "parent_schema_datasource_mapping",
                "computed_parent_schema_datasource_mapping",
                "hierarchy_level",
            ]
        )
    ]
