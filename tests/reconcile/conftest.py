"""What the tests of plan and apply share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.acting import acting_watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[None]:
    """Watch each of them."""
    with acting_watched(monkeypatch, caplog, tmp_path):
        yield
