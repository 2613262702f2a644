"""From the options to the quota: the store that is named, or the user's own file, and the part of it that is wanted."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal

from attrs import evolve, frozen
from platformdirs import user_state_path

from explo_async.endpoint import QUOTA_REQUESTS, QUOTA_SECONDS
from explo_async.errors import ConfigurationError
from explo_async.pacing.quota import RateLimit
from explo_async.pacing.shared_quota import NO_STORE, QUOTA_VARIABLE, SharedQuota

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.cli.options import Sharing

Source = Literal["--quota", "STORE", "EXPLO_QUOTA", "default"]
"""What has named the store."""
_RATE = re.compile(r"([0-9]{1,9})/([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_ELSEWHERE = "name a store with --quota, or say --quota none"


@frozen
class ChosenQuota:
    """What a command goes by, who has chosen it, and what to warn of."""

    quota: SharedQuota | None
    """None where this command counts its own requests alone."""
    limit: RateLimit
    source: Source
    warning: str | None = None

    @property
    def rate_limit(self) -> SharedQuota | RateLimit:
        """For `ExploClient`."""
        return self.limit if self.quota is None else self.quota


def choose_quota(sharing: Sharing, *, option: Source = "--quota", name: str = "explo") -> ChosenQuota:
    """Take the store of --quota, else that of EXPLO_QUOTA, else the user's own file, whose folder is made.

    Where that folder cannot be made, or the file in it cannot be used, a command goes on alone, and warns: nobody has
    asked for it. Raises `ConfigurationError` for what cannot be a store, or a part of the quota, in the words of
    `option`, or whatever else has named it.
    """
    limit = parse_rate(sharing.rate_limit)
    given, source = (sharing.quota, option) if sharing.quota is not None else _find_variable()
    if given is not None:
        return ChosenQuota(None if given == NO_STORE else _name_store(given, limit, source, name), limit, source)
    file = find_default()
    try:
        if file is None:
            raise FileNotFoundError(None, "the home folder is not known")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"the quota is not shared with other commands: {error.strerror}"
        where = "" if file is None else f": {file.parent}"
        return ChosenQuota(None, limit, source, f"{what}{where}; {_ELSEWHERE}")
    return ChosenQuota(evolve(_name_store(str(file), limit, source, name), unavailable=limit), limit, source)


def _find_variable() -> tuple[str | None, Source]:
    named = os.environ.get(QUOTA_VARIABLE)
    return (named, "EXPLO_QUOTA") if named else (None, "default")


def find_default() -> Path | None:
    """Return the user's own file; None where it is not known where that is."""
    folder = user_state_path("explo-async", appauthor=False)
    return folder / "quota.sqlite" if folder.is_absolute() else None


def _name_store(given: str, limit: RateLimit, source: Source, name: str) -> SharedQuota:
    try:
        return SharedQuota(given, limit=limit, name=name)
    except ConfigurationError as error:
        what = error.what.replace("SharedQuota.store", source).replace("SharedQuota.name", "--name")
        raise ConfigurationError(what, advice=error.advice) from None


def parse_rate(given: str | None) -> RateLimit:
    """Read what --rate-limit says; by default Explo's documented quota."""
    if given is None:
        return RateLimit(QUOTA_REQUESTS, per=QUOTA_SECONDS)
    found = _RATE.fullmatch(given)
    if found is None or not int(found[1]) or not float(found[2]):
        msg = f"--rate-limit must be requests/seconds, not {given!r}"
        raise ConfigurationError(msg, advice=f"write it like {QUOTA_REQUESTS // 2}/{QUOTA_SECONDS:g}")
    return RateLimit(int(found[1]), per=float(found[2]))
