"""The real site is what the tests of it take it for."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from explo_async import AuthenticationError, ExploClient, NotFound
from tests.promises.site.messages import Changes
from tests.promises.site.orders import ORDERS, SERVERS
from tests.promises.site.running import ROOT, run_site

if TYPE_CHECKING:
    from tests.promises.site.history import Kind
    from tests.promises.site.running import Site

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("site")]

_HOLDER = """
import signal
from tests.promises.site.running import run_site
with run_site() as site:
    print(site.database_socket, flush=True)
    signal.pause()
"""


def get(site: Site, query: str, *, order: str = "by-id") -> Any:
    """Fetch and decode one page."""
    request = urllib.request.Request(
        f"{site.address('gunicorn', order)}/v2/api/customers/?{query}",
        headers={"Explo-Authorization": f"Token {site.token}"},
    )
    with urllib.request.urlopen(request) as answer:
        return msgspec.json.decode(answer.read())


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("order", ORDERS)
async def test_both_servers_serve_each_order(site: Site, server: str, order: str) -> None:
    """Each address serves the customers in its order, by both servers."""
    site.restore(2345)
    async with ExploClient(site.token, base_url=site.address(server, order), rate_limit=None) as explo:
        customers = (await explo.customers.page(1, page_size=1000)).customers
    ids = [customer.provided_id for customer in customers]
    names = [customer.name or "" for customer in customers]
    assert len(set(ids)) == 1000
    assert (ids[0] == "c-002345") == (order == "newest")
    assert (ids == sorted(ids)) == (order in {"by-id", "unordered"})
    assert (names == sorted(names)) == (order == "by-name")


async def test_a_page_is_cut_as_explo_cuts_it(site: Site) -> None:
    """20 rows by default and 1000 at most, in the documented envelope; past the end is a 404."""
    site.restore(2345)
    page = get(site, "")
    assert page["total_count"] == 2345
    assert len(page["results"]["customers"]) == 20
    assert len(get(site, "page_size=5000")["results"]["customers"]) == 1000
    assert len(get(site, "page=3&page_size=1000")["results"]["customers"]) == 345
    async with ExploClient(site.token, base_url=site.address("gunicorn", "by-id"), rate_limit=None) as explo:
        with pytest.raises(NotFound, match="no such page"):
            await explo.customers.page(119)


async def test_both_filters_filter(site: Site) -> None:
    """`parent_provided_id` and `hierarchy_level_name` leave the others out, of the total too."""
    site.restore(100)
    assert get(site, "parent_provided_id=parent-4")["total_count"] == 5
    assert get(site, "hierarchy_level_name=Level%202")["total_count"] == 33
    assert get(site, "hierarchy_level_name=Level%202&parent_provided_id=nobody")["total_count"] == 0


async def test_a_wrong_token_is_refused(site: Site) -> None:
    """A token that is not the team's is a 401."""
    async with ExploClient("wrong", base_url=site.address("uvicorn", "by-id")) as explo:
        with pytest.raises(AuthenticationError, match="Invalid token"):
            await explo.customers.count()


@pytest.mark.parametrize("kind", ["insert", "delete", "update"])
def test_the_history_is_what_happened(site: Site, kind: Kind) -> None:
    """The changes told afterwards lead from the first list to the one that is in the table now."""
    site.restore(1000)
    before = get(site, "page_size=1000", order="newest")
    site.begin(Changes(kinds=(kind,), rate=100.0, seed=2))
    while get(site, "page_size=1000", order="newest") == before:
        pass
    history = site.stop()
    assert history.after == set(site.ask().before)
    assert {change.kind for change in history.changes} == {kind}
    assert all(one.done <= other.begun for one, other in zip(history.changes, history.changes[1:], strict=False))


def test_a_throttle_can_be_set(can_run: None) -> None:  # noqa: ARG001 - asked first
    """A rate given to the site is answered by 429 with the framework's words and Retry-After."""
    with run_site(SITE_THROTTLE="1/hour", SITE_ORDER="newest") as site:
        # Two workers, each with a count of its own, and one of them has answered already.
        with pytest.raises(urllib.error.HTTPError, match="Too Many Requests") as caught:
            [get(site, "") for _ in range(3)]
        with caught.value as answer:
            assert "Request was throttled. Expected available in" in answer.read().decode()
            assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_nothing_is_left_when_the_tests_are_killed(can_run: None) -> None:  # noqa: ARG001 - asked first
    """The database ends, and with it all the site, when the process that started the site is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER], stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}, text=True
    ) as holder:
        assert holder.stdout is not None
        place = holder.stdout.readline().strip()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(place)
            holder.send_signal(signal.SIGKILL)
            assert connection.recv(1) == b""
