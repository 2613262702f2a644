"""What a plan may do at most without being asked. Values only."""

from __future__ import annotations

from attrs import frozen

from explo_async.checks import check_count, check_seconds
from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES, Limits, check_share, deletes_within


@frozen(kw_only=True)
class Policy:
    """What a plan may do without being asked. Ages are float seconds.

    More than `max_deletes` deletes that are also more than `max_delete_share` of the customers in the scope are
    refused; `allow_deletes` of `apply` lets a number of them. Updates likewise, of those of `max_updates` and
    `max_update_share`, where a larger share is the way. A plan that is older than `max_age` is not applied.
    """

    max_deletes: int = MAX_DELETES
    max_delete_share: float = MAX_DELETE_SHARE
    max_updates: int = 10
    max_update_share: float = 0.30
    max_age: float = 3600.0

    def __attrs_post_init__(self) -> None:
        deletes_within(self.max_deletes, self.max_delete_share, of="Policy.")
        check_count("Policy.max_updates", self.max_updates, least=0)
        check_share("Policy.max_update_share", self.max_update_share)
        check_seconds("Policy.max_age", self.max_age)

    @property
    def deletes(self) -> Limits:
        """The limits of deletes."""
        return deletes_within(self.max_deletes, self.max_delete_share)

    @property
    def updates(self) -> Limits:
        """The limits of updates."""
        return Limits(number=self.max_updates, share=self.max_update_share)
