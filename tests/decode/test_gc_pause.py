"""The cyclic collector during a decode."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from explo_async.decode import page
from explo_async.decode.gc_pause import CollectorPaused
from explo_async.errors import DecodeError
from tests.helpers.generators import page_body

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def collector_stays_on() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("row", [{"provided_id": "a"}, {"provided_id": "a", "new": 1}, {}])
def test_left_as_it_was(monkeypatch: pytest.MonkeyPatch, row: dict[str, object], enabled: bool) -> None:
    """The collector is off while a body is decoded, and afterwards as the program had it, also after an error."""
    seen: list[bool] = []
    monkeypatch.setattr(page, "_USUAL_BODY", Watched(seen))
    (gc.enable if enabled else gc.disable)()
    if row:
        page.decode_page(page_body([row]), page=1)
    else:
        with pytest.raises(DecodeError):
            page.decode_page(page_body([row]), page=1)
    assert seen == [False]
    assert gc.isenabled() is enabled


class Watched:
    """The usual page's decoder, noting whether the collector runs."""

    def __init__(self, seen: list[bool]) -> None:
        self.seen = seen
        self.decoder = page._USUAL_BODY

    def decode(self, body: bytes) -> object:
        self.seen.append(gc.isenabled())
        return self.decoder.decode(body)


def test_nested() -> None:
    """A pause within a pause ends with the outer one."""
    with CollectorPaused():
        with CollectorPaused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
