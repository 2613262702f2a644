"""What all requests of one call share."""

from __future__ import annotations

from math import inf

import pytest

from explo_async.decode.page import decode_page
from explo_async.errors import ConfigurationError
from explo_async.progress import FetchStats
from explo_async.wire.call import Call, Filters


@pytest.mark.parametrize("name", ["parent_provided_id", "hierarchy_level_name"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "{} must be a non-empty string or None, not ''"),
        (7, "{} must be a non-empty string or None, not 7"),
        ("a\ud800", "{} has characters that cannot be sent"),
    ],
)
def test_a_filter_that_cannot_be_sent_is_refused(name: str, value: object, message: str) -> None:
    """By its name, before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        Filters(**{name: value})  # type: ignore[arg-type]
    assert str(caught.value) == message.format(name)


def test_filters_are_values() -> None:
    """Alike ones are one list to a client that remembers how long it was; they are given by name."""
    assert Filters() == Filters(parent_provided_id=None, hierarchy_level_name=None)
    assert (
        len({Filters(parent_provided_id="a"), Filters(parent_provided_id="a"), Filters(hierarchy_level_name="a")}) == 2
    )
    with pytest.raises(TypeError):
        Filters("a")  # type: ignore[call-arg]


def test_a_call_about_everybody_never_ends() -> None:
    """Unless told otherwise it has no filters and no deadline, counts for itself, and raises what cannot be read."""
    one, other = Call(decode=decode_page), Call(decode=decode_page)
    assert (one.filters, one.deadline, one.collect_invalid, one.stats) == (Filters(), inf, False, FetchStats())
    assert one.stats is not other.stats
    with pytest.raises(TypeError):
        Call(decode_page)  # type: ignore[call-arg]
