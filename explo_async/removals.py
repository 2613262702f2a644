"""How much may be removed or changed at once, and by a list of which verdict. Pure.

One meaning for all that acts on the list. A list that is short looks like one from which customers were removed; so
does a filter that was forgotten. A removal is held back if it is one of more than a number and of more than a share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.checks import check_count
from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from explo_async.models import FetchReport


MAX_DELETES = 10
MAX_DELETE_SHARE = 0.05
"""More removals than this number, and than this share of what there is, are held back unless one asks for more."""


@frozen(kw_only=True)
class Limits:
    """More than `number` and more than `share` of what there is: too many."""

    number: int
    share: float

    def exceeded(self, count: int, of: int) -> bool:
        """Tell whether `count` of so many is too many."""
        return count > self.number and count > self.share * of

    def words(self, count: int, of: int) -> str:
        """Say what is too many."""
        part = f" ({100 * count / of:.0f} %)" if of else ""
        return f"{count} of {of}{part}, more than {self.number} and more than {100 * self.share:g} %"


def deletes_within(max_deletes: int, max_delete_share: float, *, of: str = "") -> Limits:
    """Return the limits of removals; `of` stands before the names in the error for what cannot be one."""
    check_count(f"{of}max_deletes", max_deletes, least=0)
    check_share(f"{of}max_delete_share", max_delete_share)
    return Limits(number=max_deletes, share=max_delete_share)


def check_share(name: str, value: object) -> None:
    """Refuse what is not a share from 0 to 1."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        msg = f"{name} must be a share from 0 to 1, not {value!r:.40}"
        raise ConfigurationError(msg, advice="0.05 are 5 %")


def check_ceiling(name: str, value: object) -> None:
    """Refuse what is neither None nor a number of removals."""
    if value is not None:
        check_count(name, value, least=0)


def hold_back(removals: int, of: int, limits: Limits, ceiling: int | None) -> str | None:
    """Say why so many removals are held back, None if they are not.

    `ceiling` is the number that a person has allowed: one more is too many, also where the limits would let it.
    """
    if ceiling is not None:
        return f"{removals} removals, and {ceiling} are allowed" if removals > ceiling else None
    return limits.words(removals, of) if removals and limits.exceeded(removals, of) else None


def may_remove(report: FetchReport) -> bool:
    """Tell whether what is absent from a list was removed: only an exact one was whole at one moment."""
    return report.verdict == "exact"
