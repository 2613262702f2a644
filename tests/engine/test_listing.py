"""What a run is asked to do: its usual form, and what is refused."""

from __future__ import annotations

from math import nan
from typing import Any, get_args

import pytest
from attrs import asdict

from explo_async.engine.listing import Consistency, Invalid, Listing
from explo_async.errors import ConfigurationError
from explo_async.wire.call import Filters


def test_the_usual_listing() -> None:
    """All customers, in the largest pages, proved by count, without end; parts are given by name."""
    usual = {
        "filters": Filters(),
        "page_size": 1000,
        "consistency": "checked",
        "expected_total": None,
        "timeout": None,
        "invalid": "raise",
        "on_progress": None,
        "resume_from": (),
        "largest_page": 1000,
    }
    assert asdict(Listing(), recurse=False) == usual
    with pytest.raises(TypeError):
        Listing(Filters())  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "options",
    [
        {"page_size": 1},
        *[{"consistency": mode} for mode in get_args(Consistency)],
        *[{"invalid": mode} for mode in get_args(Invalid)],
        {"expected_total": 0},
        {"timeout": 0.001},
    ],
)
def test_what_can_be_asked_for(options: dict[str, Any]) -> None:
    """Every mode, and numbers from their least value on."""
    assert {name: getattr(Listing(**options), name) for name in options} == options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"page_size": 0}, "page_size must be an int of at least 1, not 0"),
        ({"page_size": None}, "page_size must be an int of at least 1, not None"),
        (
            {"consistency": "maybe"},
            "consistency must be one of 'off', 'checked', 'verified', 'exact', not 'maybe'",
        ),
        ({"invalid": "drop"}, "invalid must be one of 'raise', 'collect', not 'drop'"),
        ({"expected_total": -1}, "expected_total must be an int of at least 0, not -1"),
        ({"timeout": 0}, "timeout must be a number of seconds above 0, not 0"),
        ({"timeout": nan}, "timeout must be a number of seconds above 0, not nan"),
    ],
)
def test_what_cannot(options: dict[str, Any], message: str) -> None:
    """A wrong value is refused by its name before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        Listing(**options)
    assert str(caught.value) == message
