"""What the tests of the command share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from explo_async.cli.commands import doctor
from tests.helpers.acting import acting_watched
from tests.helpers.consultation import Consultation
from tests.helpers.diff_lists import NEW, OLD, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print for 80 columns, whatever terminal the tests run in."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Write the two lists that differ."""
    return [write_lines(tmp_path / "old.jsonl", OLD), write_lines(tmp_path / "new.jsonl", NEW)]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the doctor's second attempt follow at once."""
    monkeypatch.setattr(doctor, "RETRY", attrs.evolve(doctor.RETRY, wait_initial=0.0))


@pytest.fixture
def consult(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Consultation:
    """Return what asks the doctor."""
    return Consultation(monkeypatch, capsys)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[None]:
    """Watch a test that plans or applies."""
    with acting_watched(monkeypatch, caplog, tmp_path):
        yield
