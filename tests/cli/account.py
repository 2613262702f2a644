"""An emulator with a few customers, and the command as it is led there: for the tests of what writes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from explo_async.cli.app import run
from explo_async.emulator.synthetic import make_customer
from tests.helpers.cli_running import lead_to, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from explo_async.emulator.thread import EmulatorThread

TOKEN = "team-t0ken-7c1e55"
LEVELS = ("Enterprise", "Region", "Branch")


def tenant(number: int, **fields: Any) -> dict[str, Any]:
    """Return a customer called tenant-NUMBER, with a token and the tag `managed`."""
    usual = {"provided_id": f"tenant-{number}", "name": f"Tenant {number}", "token": f"cust0mer-{number}-secret"}
    return make_customer(0, 100 * number) | usual | {"group_tags": ["managed"], "emails": []} | fields


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch, *customers: dict[str, Any], **options: Any) -> Iterator[EmulatorThread]:
    """Serve these customers, by default five, and lead the command there."""
    tenants = customers or tuple(tenant(number) for number in range(5))
    usual: dict[str, Any] = {"token": TOKEN, "levels": LEVELS, "group_tags": ("managed", "beta")}
    with served(tenants, **usual | options) as emulator:
        lead_to(emulator, monkeypatch)
        yield emulator


def customers(*words: object) -> int:
    """Run `customers` with these words."""
    return run(["customers", *map(str, words)])


def written(emulator: EmulatorThread) -> list[tuple[str, str | None]]:
    """List what was really written."""
    return [(write.verb.partition("_")[0], write.provided_id) for write in emulator.writes]


def write_csv(path: Path, *rows: str) -> Path:
    """Write a desired list, its header first."""
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def items(out: str) -> dict[str, str]:
    """Read what `--json` of an apply prints: what became of whom."""
    return {item["provided_id"]: item["outcome"] for item in map(json.loads, out.splitlines())}


def check_secrets(*texts: str) -> None:
    """Look for tokens, the team's and customers'."""
    for text in texts:
        assert TOKEN not in text
        assert "cust0mer-" not in text
