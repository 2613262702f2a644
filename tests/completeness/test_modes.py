"""The three modes of proof are used through one protocol."""

from __future__ import annotations

import inspect

import pytest

from explo_async.completeness.coverage import Coverage
from explo_async.completeness.exact import ExactSnapshot
from explo_async.completeness.ledger import Ledger
from explo_async.completeness.unchecked import UncheckedSweep

METHODS = [name for name, member in vars(Coverage).items() if inspect.isfunction(member) and not name.startswith("_")]


@pytest.mark.parametrize("mode", [Ledger, ExactSnapshot, UncheckedSweep], ids=lambda mode: mode.__name__)
def test_each_mode_has_what_the_protocol_asks_for(mode: type) -> None:
    """Each method takes the arguments that the protocol has, by the same names."""
    assert len(METHODS) > 2
    for name in METHODS:
        wanted = inspect.signature(getattr(Coverage, name)).parameters
        assert list(inspect.signature(getattr(mode, name)).parameters) == list(wanted), name
