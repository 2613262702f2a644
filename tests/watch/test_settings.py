from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES, Limits
from explo_async.watch.settings import JITTER, Settings

USUAL = Settings(
    every=100.0,
    confirm_removals=2,
    initial="emit",
    max_deletes=MAX_DELETES,
    max_delete_share=MAX_DELETE_SHARE,
    allow_deletes=None,
)


@pytest.mark.parametrize(("draw", "due"), [(0.0, 1090.0), (0.5, 1100.0), (0.75, 1105.0)])
def test_a_round_is_due_a_period_after_the_one_before_began(draw: float, due: float) -> None:
    """A tenth of the period sooner or later, by the draw."""
    assert USUAL.next_round(1000.0, draw) == pytest.approx(due)


@given(st.floats(0, 1, exclude_max=True))
def test_no_draw_leads_further(draw: float) -> None:
    """Whatever it is."""
    assert abs(USUAL.next_round(0.0, draw) - 100.0) <= 100.0 * JITTER + 1e-9


def test_the_limits_are_those_of_plan_and_apply() -> None:
    """Ten, and five per cent."""
    assert USUAL.limits == Limits(number=10, share=0.05)
