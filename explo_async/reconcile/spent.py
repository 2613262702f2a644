"""A plan is applied once: a file beside it says with which journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from explo_async.errors import PlanStale

if TYPE_CHECKING:
    from pathlib import Path


class _Spent(msgspec.Struct):
    digest: str
    journal: str


def check_unspent(plan: Path, digest: str, journal: Path | None) -> None:
    """Raise `PlanStale` if this very plan was applied before, save with the journal that is gone on with."""
    try:
        spent = msgspec.json.decode(_beside(plan).read_bytes(), type=_Spent)
    except (FileNotFoundError, msgspec.DecodeError):
        return
    if spent.digest == digest and (journal is None or spent.journal != str(journal.absolute())):
        msg = f"the plan {plan} was applied already, with the journal {spent.journal}"
        raise PlanStale(msg, advice=f"go on with it: `customers apply --resume {spent.journal}`, or make a new plan")


def mark_spent(plan: Path, digest: str, journal: Path) -> None:
    """Note that a plan is applied from now on. Raises OSError."""
    _beside(plan).write_bytes(msgspec.json.encode(_Spent(digest, str(journal.absolute()))))


def _beside(plan: Path) -> Path:
    return plan.with_name(f"{plan.name}.applied")
