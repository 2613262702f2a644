"""What a run is to those who need not know what its rows are."""

from __future__ import annotations

from explo_async.engine.fetch import Fetch
from explo_async.engine.run import Run


def test_a_fetch_is_a_run() -> None:
    """It has everything that a run has to have, under the same names."""
    wanted = {name for name in vars(Run) if not name.startswith("_")}
    assert wanted >= {"stats", "report", "cut_off", "aclose"}
    assert wanted <= set(dir(Fetch))
