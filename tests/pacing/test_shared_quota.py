"""`SharedQuota`: what can work, and that no password shows."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from explo_async import ConfigurationError, ExploClient, RateLimit, SharedQuota
from explo_async.pacing.shared_quota import label_of, resolve_shared_quota

SECRET = "p4ss-w0rd"


@pytest.mark.parametrize(
    ("store", "label"),
    [
        ("quota.sqlite", "quota.sqlite"),
        (Path("/run/explo/quota.sqlite"), "/run/explo/quota.sqlite"),
        ("redis://quota.internal", "redis://quota.internal"),
        ("redis://quota.internal:6380/2", "redis://quota.internal:6380/2"),
        ("redis://quota.internal/", "redis://quota.internal"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        (f"redis://:{SECRET}@quota/0", "redis://quota/0"),
        (f"rediss://user:{SECRET}@quota:6379/0?password={SECRET}", "rediss://quota:6379/0"),
        (f"valkey://quota/0#{SECRET}", "valkey://quota/0"),
        (f"unix://user:{SECRET}@/run/redis.sock?db=1", "unix:///run/redis.sock"),
        (f"unix:///run/redis.sock?password={SECRET}", "unix:///run/redis.sock"),
    ],
)
def test_a_store_is_written_down_without_secrets(store: str | Path, label: str) -> None:
    """In the label, and in the repr of the value."""
    quota = SharedQuota(store)
    assert quota.label == label
    assert repr(quota).startswith(f"SharedQuota(store={label!r}, limit=RateLimit(requests=180, per=60.0")
    assert quota.is_file == ("://" not in str(store))


@pytest.mark.parametrize("address", [f"redis://u:{SECRET}/x@quota/0", f"redis://u:{SECRET}@quota:99999/0"])
def test_what_cannot_be_parsed_shows_nothing(address: str) -> None:
    """Neither in the label nor in the error."""
    assert label_of(address) == "redis://..."
    with pytest.raises(ConfigurationError) as raised:
        SharedQuota(address)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"store": ""}, "SharedQuota.store must be the path of a file, or an address like redis://quota.internal/0"),
        ({"store": "a\nb"}, "SharedQuota.store must be the path of a file"),
        ({"store": 5}, "SharedQuota.store must be the path of a file"),
        ({"store": None}, "SharedQuota.store must be the path of a file"),
        ({"store": "http://quota/0"}, "of the kind http://, which is not known; the kinds are redis://, rediss://, un"),
        ({"store": "redis://"}, "SharedQuota.store is not a whole address of the kind redis://"),
        ({"store": "redis:///0"}, "SharedQuota.store is not a whole address"),
        ({"store": "unix://"}, "SharedQuota.store is not a whole address of the kind unix://"),
        ({"store": "redis://quota internal/0"}, "SharedQuota.store is not a whole address"),
        ({"limit": 20}, "SharedQuota.limit must be a RateLimit, not of type int"),
        ({"name": ""}, "SharedQuota.name must be 1 to 64 letters, digits, dots, dashes and underscores"),
        ({"name": "a b"}, "SharedQuota.name must be 1 to 64"),
        ({"name": "a" * 65}, "SharedQuota.name must be 1 to 64"),
        ({"name": None}, "SharedQuota.name must be 1 to 64"),
        ({"reserve": -1}, "SharedQuota.reserve must be an int of at least 0, not -1"),
        ({"reserve": 180}, "SharedQuota.reserve=180 leaves nothing of 180 requests"),
        ({"unavailable": "ignore"}, "SharedQuota.unavailable must be"),
        ({"unavailable": None}, "SharedQuota.unavailable must be"),
    ],
)
def test_what_cannot_work_is_refused(arguments: dict[str, Any], message: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ConfigurationError) as raised:
        SharedQuota(**{"store": "quota.sqlite", **arguments})
    assert message in str(raised.value)


def test_it_is_a_value() -> None:
    """Equal ones are equal, it is not changed, and travels to other processes."""
    quota = SharedQuota(
        "redis://quota/0", limit=RateLimit(90), name="a.b-c_9", reserve=89, unavailable=RateLimit(9, per=3.0)
    )
    assert pickle.loads(pickle.dumps(quota)) == quota
    assert hash(quota) == hash(pickle.loads(pickle.dumps(quota)))
    with pytest.raises(AttributeError):
        quota.reserve = 0  # type: ignore[misc]


def test_the_environment_may_name_one() -> None:
    """A path or an address; nothing, or an empty value, names none."""
    assert resolve_shared_quota({}) is None
    assert resolve_shared_quota({"EXPLO_QUOTA": ""}) is None
    assert resolve_shared_quota({"EXPLO_QUOTA": "redis://quota/0"}) == SharedQuota("redis://quota/0")
    with pytest.raises(ConfigurationError) as raised:
        resolve_shared_quota({"EXPLO_QUOTA": f"redis://:{SECRET}@"})
    assert str(raised.value) == (
        "EXPLO_QUOTA is not a whole address of the kind redis://; "
        "write it like redis://user:password@quota.internal:6379/0"
    )


def test_the_environment_is_for_those_who_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is given, or none, is what counts."""
    monkeypatch.setenv("EXPLO_QUOTA", "/run/quota.sqlite")
    given: dict[str, Any] = {"token": "made-up"}
    assert ExploClient(**given)._rate_limit == SharedQuota("/run/quota.sqlite")
    assert ExploClient(**given, rate_limit=RateLimit(5))._rate_limit == RateLimit(5)
    assert ExploClient(**given, rate_limit=None)._rate_limit is None
    monkeypatch.setenv("EXPLO_QUOTA", "ftp://quota")
    with pytest.raises(ConfigurationError, match="EXPLO_QUOTA is an address of the kind ftp://"):
        ExploClient(**given)
