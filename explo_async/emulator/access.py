"""The team's tokens: what each sees, and whether it may write."""

from __future__ import annotations

from attrs import field, frozen

DEFAULT_GROUP = "Production"
"""The visibility group of what a token without one creates."""


@frozen
class Token:
    """A token of the team. Each belongs to a visibility group and reaches no customer of another one."""

    token: str = field(repr=False)
    access_group: str | None = None
    """None, which Explo does not have: it sees every group, and creates in "Production"."""
    read_only: bool = False
