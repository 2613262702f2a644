from __future__ import annotations

import re
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aioresponses import aioresponses

from explo_async import ExploClient
from tests.helpers.scripted import body_of, ids

URL = "https://api.explo.co/v2/api/customers/"


class Response(aiohttp.ClientResponse):
    """What aioresponses 0.7.9 makes lacks the `stream_writer` that aiohttp 3.14 asks for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **kwargs)


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "page=1&page_size=1000"),
        ({"page_size": 7}, "page=1&page_size=7"),
        (
            {"parent_provided_id": "a&b=c d", "hierarchy_level_name": "Ebene 1"},
            "hierarchy_level_name=Ebene+1&page=1&page_size=1000&parent_provided_id=a%26b%3Dc+d",
        ),
    ],
)
async def test_the_request_is_the_documented_one(options: dict[str, Any], query: str) -> None:
    """GET with the trailing slash, the token in its own header, no redirects, and the query spelled as documented.

    The COUNT after the page is the same request for one row.
    """
    count = re.sub(r"page_size=\d+", "page_size=1", query)
    with aioresponses() as mocked:
        mocked.get(f"{URL}?{query}", body=body_of(ids(3), 3), response_class=Response)
        mocked.get(f"{URL}?{count}", body=body_of(ids(1), 3), response_class=Response)
        async with ExploClient("abc") as explo:
            assert len(await explo.customers.list(**options)) == 3
        sent = [(str(url), call) for (_, url), calls in mocked.requests.items() for call in calls]
    assert len(sent) == 2
    for url, call in sent:
        assert url.startswith(URL)
        assert call.kwargs["headers"]["Explo-Authorization"] == "Token abc"
        assert call.kwargs["headers"]["Accept"] == "application/json"
        assert "Authorization" not in call.kwargs["headers"]
        assert call.kwargs["allow_redirects"] is False
