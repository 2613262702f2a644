"""What the doctor says of an emulator, taken apart."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from explo_async.cli.app import run
from tests.helpers.cli_running import served

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from explo_async.emulator import Emulator, Seen

TOKEN = "t0p-s3cret-0f-the-team"
CHECKS = ["token", "address", "store", "reachability", "answer", "dialect", "order", "filters", "clock", "quota"]
SIGNS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}
Lines = dict[str, tuple[str, str]]
"""Check to its mark and the rest of its line."""


def lines_of(out: str) -> Lines:
    """Take the lines apart, which are one for each check, in order, and hold no token."""
    assert TOKEN not in out
    assert "fake-token-of-customer" not in out
    lines = {}
    for line in out.splitlines():
        sign, mark, name, text = line.split(maxsplit=3)
        assert sign == SIGNS[mark]
        lines[name] = (mark, text)
    assert list(lines) == CHECKS
    return lines


class Consultation:
    """Asks the doctor about an emulator."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.requests = 0
        self.sizes: list[int] = []

    def __call__(
        self,
        *,
        code: int = 0,
        customers: Any = 300,
        on_request: Callable[[Emulator, Seen], object] | None = None,
        **options: Any,
    ) -> Lines:
        """Return its lines, after a look at the exit code and the other stream; `options` are the emulator's."""
        with served(customers, token=TOKEN, **options) as emulator:
            emulator.on_request = on_request and partial(on_request, emulator)
            self._monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
            self._monkeypatch.setenv("EXPLO_BASE_URL", emulator.url)
            assert run(["doctor"]) == code
        self.requests = emulator.requests
        self.sizes = [seen.page_size for seen in emulator.log]
        out, err = self._capsys.readouterr()
        assert err == ""
        return lines_of(out)


def marks(lines: Lines) -> str:
    """Return the first letters of the marks, in order."""
    return "".join(mark[0] for mark, _ in lines.values())
