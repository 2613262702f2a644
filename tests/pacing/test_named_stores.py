"""Words that name no store, or not quite one."""

from __future__ import annotations

import pytest

from explo_async.errors import ConfigurationError
from explo_async.pacing.shared_quota import SharedQuota, resolve_shared_quota


def test_the_variable_may_say_none() -> None:
    """It is no file of that name: who wants one writes ./none."""
    assert resolve_shared_quota({"EXPLO_QUOTA": "none"}) is None
    assert resolve_shared_quota({"EXPLO_QUOTA": "./none"}) == SharedQuota("./none")


@pytest.mark.parametrize("store", ["redis:quota.internal", "rediss:/p4ss", "unix:/run/redis.sock", "valkey:"])
def test_an_address_without_its_slashes_is_no_file(store: str) -> None:
    """It would be made where the program runs, and shared with nobody."""
    with pytest.raises(ConfigurationError, match=r"SharedQuota.store begins with \w+: and is not an address") as caught:
        SharedQuota(store)
    assert "p4ss" not in str(caught.value)


@pytest.mark.parametrize("store", ["redis", "quota:1", "./redis:1", "C:/quota.sqlite"])
def test_other_names_are_files(store: str) -> None:
    """Also one with a colon."""
    assert SharedQuota(store).is_file
