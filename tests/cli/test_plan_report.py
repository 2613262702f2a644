"""A plan as a person reads it: what the tests of the command do not come to."""

from __future__ import annotations

import pytest

from explo_async.cli.commands.plan_report import report_lines
from explo_async.reconcile.items import Create, Update
from tests.reconcile.plans import make


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "less than a second"), (12.1, "13 s"), (119.0, "119 s"), (3361.0, "57 minutes")]
)
def test_the_time_is_told_in_seconds_or_minutes(seconds: float, words: str) -> None:
    """Rounded up, so that nobody waits for longer than was said."""
    plan = make(creates=(Create("a", {}),), requests=10_011, seconds=seconds)
    assert [*report_lines(plan, ())][-1] == f"Applying takes about 10,011 requests, {words} by the quota."


def test_a_parent_that_was_is_not_known() -> None:
    """No answer holds it; a line feed in an id stays on its line."""
    plan = make(updates=(Update("a\nb", {}, {"parent_provided_id": "p"}),))
    lines = [*report_lines(plan, ())]
    assert '    parent_provided_id: another -> "p"' in lines
    assert not any("\n" in line for line in lines)
