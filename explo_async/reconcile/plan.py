"""A plan: what is to be written, bound to what it was made for; as a value and as a file.

No token is in it, and nothing that was not asked for: of each customer the fields that are compared.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import msgspec

from explo_async.errors import ConfigurationError, PlanRefused
from explo_async.models import FetchReport  # noqa: TC001 -- msgspec decodes into these
from explo_async.reconcile.items import Conflict, Create, Delete, Item, Update  # noqa: TC001
from explo_async.reconcile.policy import Policy  # noqa: TC001
from explo_async.reconcile.scope import Scope  # noqa: TC001
from explo_async.removals import hold_back

FORMAT = 1
_encode = msgspec.json.Encoder(order="deterministic").encode


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What `make_plan` returns and `apply` does, to the letter."""

    format: int = FORMAT
    made_at: float
    """Seconds since 1970."""
    origin: str
    salt: str
    account: str
    """Tells the token from others, salted; it cannot be had back from it."""
    profile: str | None = None
    source: str
    fields: tuple[str, ...]
    scope: Scope | None
    delete: bool
    policy: Policy
    report: FetchReport
    """Of the list that it was made from."""
    in_scope: int
    """Customers of the list that are in the scope."""
    creates: tuple[Create, ...]
    updates: tuple[Update, ...]
    deletes: tuple[Delete, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: int
    """Wanted customers that are as they are to be."""
    unmanaged: int
    """Customers of the list that are left alone: outside the scope, or not wanted while nothing is deleted."""
    requests: int
    """About how many applying it takes."""
    seconds: float
    """About how long that takes by the quota, if others use as much of it as now."""

    @property
    def items(self) -> tuple[Item, ...]:
        """All that is to be written."""
        return (*self.creates, *self.updates, *self.deletes)

    @property
    def written(self) -> dict[str, dict[str, Any]]:
        """What is to be written of whom, deletes apart."""
        created = {create.provided_id: create.values for create in self.creates}
        return created | {update.provided_id: update.after for update in self.updates}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not self.items

    @property
    def digest(self) -> str:
        """Names the plan: another one has another."""
        return hashlib.sha256(_encode(self)).hexdigest()

    def refusals(self, allow_deletes: int | None = None) -> list[str]:
        """Say why it will not be applied: what is more than the policy, or a person, allows."""
        found = []
        held = hold_back(len(self.deletes), self.in_scope, self.policy.deletes, allow_deletes)
        if held is not None:
            found.append(f"deletes: {held}")
        if self.policy.updates.exceeded(len(self.updates), self.in_scope):
            found.append(f"updates: {self.policy.updates.words(len(self.updates), self.in_scope)}")
        return found

    def write(self, path: Path | str) -> None:
        """Write it to a file that nobody else can read, whole or not at all. Raises OSError."""
        target = Path(path)
        content = msgspec.json.format(_encode({"digest": self.digest, "plan": self}), indent=1)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a plan back. Raises `PlanRefused` for a file that is none or was changed; OSError."""
        content = Path(path).read_bytes()
        try:
            found = msgspec.json.decode(content, type=_File)
        except (msgspec.DecodeError, ConfigurationError) as error:
            msg = f"{path} is not a plan: {error}"
            raise PlanRefused(msg, advice="make it anew with `customers plan --out FILE`") from None
        if found.plan.format > FORMAT:
            msg = f"{path} is a plan of a newer version"
            raise PlanRefused(msg, advice="bring this program up to date, or make the plan anew")
        if found.plan.digest != found.digest:
            msg = f"{path} was changed after it was made"
            raise PlanRefused(msg, advice="change the desired list, and make the plan anew")
        plan: Self = found.plan  # type: ignore[assignment]
        return plan


class _File(msgspec.Struct):
    digest: str
    plan: Plan
