"""What an answer says about time: Retry-After, the wording of Django REST framework, and Age. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
# DRF words it "Request was throttled. Expected available in 42 seconds."
_THROTTLED = re.compile(r"available in ([0-9]{1,10}) second", re.ASCII)
_MOST_DIGITS = 10


def parse_retry_after(values: Iterable[str], *, date: str | None, now: datetime) -> float | None:
    """Return the longest wait in seconds that the headers ask for, None when none of them makes sense.

    A date counts from the answer's own `Date` header where there is one, so that a wrong clock on either side
    does no harm, else from `now`. A date in the past is 0.0; a number too long to be meant is `inf`.
    """
    waits = [wait for value in values if (wait := _parse(value.strip(), date=date, now=now)) is not None]
    return max(waits, default=None)


def parse_age(value: str | None) -> int:
    """Return for how many seconds a cache had kept the answer; 0 when the header is absent or makes no sense."""
    found = _DIGITS.fullmatch((value or "").strip())
    return int(found[0][:_MOST_DIGITS]) if found else 0


def parse_throttle_message(detail: str | None) -> float | None:
    """Return the seconds that a throttle message names, None when it names none."""
    found = _THROTTLED.search(detail or "")
    return float(found[1]) if found else None


def _parse(value: str, *, date: str | None, now: datetime) -> float | None:
    if _DIGITS.fullmatch(value):
        return float(value) if len(value) <= _MOST_DIGITS else inf
    if (until := _parse_date(value)) is None:
        return None
    since = (_parse_date(date) if date else None) or now
    return max(0.0, (until - since).total_seconds())


def _parse_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
