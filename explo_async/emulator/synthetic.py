"""Synthetic customers: each a function of (seed, serial number) alone, so that none has to be kept."""

from __future__ import annotations

from typing import Any

_WORD = (1 << 64) - 1
_ADJECTIVES = ("Alpine", "Blue", "Crimson", "Évora", "Granite", "Harbour", "Nordlicht", "Östra", "Summit", "Willow")
_TRADES = ("Analytics", "Bakery", "Clinics", "Foods & Sons", "Insurance", "Logistik", "Media", "Robotics", "東京商会")
LEVELS = ("Enterprise", "Region", "Branch")
TAGS = ("designers", "engineers", "finance", "beta-testers", "support", "eu-west", "read only")
_REGIONS = ("eu-central-1", "us-east-1", "ap-south-1")
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
_PLANS = ("free", "team", "business", "enterprise")
_GROUPS = ("Production", "Production", "Production", "Staging", "Development")
_PREFIX = "customer-"
_TOKEN_PREFIX = "fake-token-of-"  # noqa: S105 - says that it is none


def provided_id_of(serial: int) -> str:
    """Return the id of a synthetic customer: the same whatever else is in the list."""
    return f"{_PREFIX}{serial:07}"


def serial_of(provided_id: str) -> int | None:
    """Return the serial number behind an id of ours; None for an id that `provided_id_of` cannot make."""
    digits = provided_id.removeprefix(_PREFIX)
    if not digits.isdecimal():
        return None
    serial = int(digits)
    return serial if provided_id_of(serial) == provided_id else None


def level_of(serial: int) -> str:
    """Return the name of the hierarchy level: one enterprise in 100, nine regions under it, nine branches each."""
    if serial % 100 == 0:
        return LEVELS[0]
    return LEVELS[1] if serial % 10 == 0 else LEVELS[2]


def parent_of(serial: int) -> str | None:
    """Return the id of the parent, which no served record shows; None for an enterprise."""
    if serial % 100 == 0:
        return None
    return provided_id_of(serial - serial % (100 if serial % 10 == 0 else 10))


def children_of(serial: int) -> list[int]:
    """Return the serial numbers of all who have this parent, those that a list is too short for among them."""
    if serial % 10:
        return []
    branches = [*range(serial + 1, serial + 10)]
    return branches if serial % 100 else [*branches, *range(serial + 10, serial + 100, 10)]


def group_of(seed: int, serial: int) -> str:
    """Return the name of the visibility group."""
    return _GROUPS[(_mix(seed, serial) >> 48) % 5]


def make_token(provided_id: str, draw: int) -> str:
    """Return a customer's token, which opens nothing."""
    return f"{_TOKEN_PREFIX}{provided_id}-{draw:016x}"


def draw_token(seed: int, provided_id: str, number: int) -> str:
    """Return the token that is given out as this number, other than any that a synthetic customer begins with."""
    return make_token(provided_id, _mix(~seed, number))


def serial_of_token(token: str) -> int | None:
    """Return the serial number of the synthetic customer that may have this token; None for one that none can have."""
    provided_id, _, _ = token.removeprefix(_TOKEN_PREFIX).rpartition("-")
    return serial_of(provided_id)


def inherited(seed: int, serial: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a synthetic customer has from the team: properties, and data sources by schema."""
    draw = _mix(seed, serial)
    return {"region": _REGIONS[draw % 3], "timezone": _ZONES[draw % 3]}, {"7": "1001"}


def make_customer(seed: int, serial: int) -> dict[str, Any]:
    """Return the record, snake_case, as Explo documents it; about 620 bytes of JSON on average."""
    draw = _mix(seed, serial)
    provided_id = provided_id_of(serial)
    domain = f"tenant{serial}.example.com"
    inherited: dict[str, Any] = {"region": _REGIONS[draw % 3], "timezone": _ZONES[draw % 3]}
    own = _properties(draw >> 8, serial)
    mapping = {str(40 + 94 * n): str(213 + (draw >> 16) % 700 + n) for n in range((draw >> 20) % 4)}
    return {
        "token": make_token(provided_id, draw),
        "name": f"{_ADJECTIVES[(draw >> 24) % 10]} {_TRADES[(draw >> 28) % 9]} {serial}",
        "provided_id": provided_id,
        "is_demo_group": (draw >> 32) % 16 == 0,
        "emails": [f"{mailbox}@{domain}" for mailbox in ("admin", "bi.reports", "ops")[: (draw >> 36) % 4]],
        "group_tags": [TAGS[((draw >> 40) + n) % 7] for n in range((draw >> 44) % 4)],
        "properties": own,
        "computed_properties": inherited | own,
        "access_group": _GROUPS[(draw >> 48) % 5],
        "parent_schema_datasource_mapping": mapping,
        "computed_parent_schema_datasource_mapping": {"7": "1001"} | mapping,
        "hierarchy_level": level_of(serial),
    }


def _properties(draw: int, serial: int) -> dict[str, Any]:
    every = {
        "plan": _PLANS[draw % 4],
        "seats": 1 + draw % 500,
        "filter_value": f"org_{serial}",
        "discount": (draw % 100) / 8,
        "flags": {"trial": bool(draw & 1), "sso": bool(draw & 2), "contract": None},
    }
    return dict(list(every.items())[: draw % 6])


def _mix(seed: int, serial: int) -> int:
    """Spread (seed, serial) over 64 bits: splitmix64, many times faster than seeding a `Random` for each record."""
    word = (seed * 0xD1342543DE82EF95 + (serial + 1) * 0x9E3779B97F4A7C15) & _WORD
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
    return word ^ (word >> 31)
