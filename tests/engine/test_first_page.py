"""How a run begins: what page 1 tells, and what is refused by it."""

from __future__ import annotations

import pytest

from explo_async.errors import ConfigurationError, DecodeError
from tests.helpers.scripted import Scripted, body_of, everything, ids, page_of, reply_of
from tests.helpers.virtual import run


def test_a_senseless_total_is_refused_before_pages_are_planned() -> None:
    """A total that would need more than a million pages is a DecodeError after one request."""
    transport = Scripted(answer=lambda *_: reply_of(200, body_of(ids(2), 900_000_000)))
    with pytest.raises(DecodeError, match="total_count 900000000 would need 450000000 pages of 2"):
        run(everything(transport))
    assert transport.asked == [1]


def test_verified_needs_a_server_that_heeds_the_page_size() -> None:
    """A second pass with other pages is impossible where the size is ignored: a clear error, not a weaker check."""
    rows = ids(60)
    transport = Scripted(rows, answer=lambda number, _: page_of(rows, number, 20))
    with pytest.raises(ConfigurationError, match="cannot verify"):
        run(everything(transport, consistency="verified", page_size=30))
