"""What an observer hears of the runs of a mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async import ListingChanged, Observer, RemovalsHeld
from explo_async.emulator import Emulator
from explo_async.mirror import mirror
from tests.helpers.clients import client_of

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.observer import Follower, Outcome


class Rounds(Observer):
    """Keeps what it hears of rounds."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, int, int]] = []

    def round_ended(self, follower: Follower, outcome: Outcome, customers: int, held: int) -> None:
        """Hear of one."""
        self.heard.append((follower, outcome, customers, held))


async def test_it_hears_of_each_run(tmp_path: Path) -> None:
    """Of one that was done, one whose removals are held back, and one whose list cannot be proved."""
    rounds, url = Rounds(), f"sqlite:///{tmp_path}/tenants.db"
    async with Emulator(40) as emulator, client_of(emulator, observer=rounds) as explo:
        await mirror(explo, url)
        for _ in range(15):
            emulator.delete_at(0)
        with pytest.raises(RemovalsHeld):
            await mirror(explo, url)
        emulator.on_request = lambda _: emulator.delete_at(0)
        with pytest.raises(ListingChanged):
            await mirror(explo, url, page_size=5)
    assert rounds.heard == [("mirror", "synced", 40, 0), ("mirror", "synced", 25, 15), ("mirror", "skipped", 0, 0)]
