"""What `doctor` says of the store of a shared quota."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.cli.commands.diagnosis import Finding, failed
from explo_async.cli.commands.quota_report import describe_clock, describe_duration, describe_shut
from explo_async.cli.standing import make_standing
from explo_async.cli.stores import opened
from explo_async.errors import ConfigurationError, QuotaUnavailable

if TYPE_CHECKING:
    from explo_async.cli.quotas import ChosenQuota

NAME = "store"
ORIGINS = {"--quota": "from --quota", "EXPLO_QUOTA": "from EXPLO_QUOTA", "default": "by default"}


async def check_store(chosen: ChosenQuota, origin: str) -> Finding:
    """Look at the store that a command goes by."""
    if chosen.warning:
        return Finding(NAME, "warning", chosen.warning)
    if chosen.quota is None:
        return Finding(NAME, "ok", f"none, {ORIGINS[chosen.source]}: each command counts alone")
    try:
        async with opened(chosen.quota, origin) as store:
            seen = await store.look()
    except (ConfigurationError, QuotaUnavailable) as error:
        if chosen.source == "default":
            return Finding(NAME, "warning", f"{error.what}, so each command counts alone", error.advice)
        return failed(NAME, error)
    standing = make_standing(seen.found, chosen.limit)
    kind = "" if chosen.quota.is_file else f", {seen.found.kind}"
    clock = "" if seen.clock_ahead is None else f"; {describe_clock(seen.clock_ahead)}"
    slots = f"{standing.used} of {standing.requests} slots in use"
    text = f"{chosen.quota.label} {ORIGINS[chosen.source]}{kind}, {slots}{clock}"
    warnings = list(seen.found.warnings)
    if standing.shut_for:
        warnings.append(
            f"shut {describe_shut(standing)}; if nobody has been sending, `explo-async quota --reset` opens it"
        )
    elif standing.next_in:
        warnings.append(f"the next request waits for {describe_duration(standing.next_in)}, and so do the checks below")
    return Finding(NAME, "warning" if warnings else "ok", text, "; ".join(warnings) or None)
