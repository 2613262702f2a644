"""Synthetic customers: each a function of (seed, serial number) alone, so that none has to be kept."""

from __future__ import annotations

from typing import Any

_WORD = (1 << 64) - 1
_ADJECTIVES = ("Alpine", "Blue", "Crimson", "Évora", "Granite", "Harbour", "Nordlicht", "Östra", "Summit", "Willow")
_TRADES = ("Analytics", "Bakery", "Clinics", "Foods & Sons", "Insurance", "Logistik", "Media", "Robotics", "東京商会")
_TAGS = ("designers", "engineers", "finance", "beta-testers", "support", "eu-west", "read only")
_REGIONS = ("eu-central-1", "us-east-1", "ap-south-1")
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
_PLANS = ("free", "team", "business", "enterprise")
_GROUPS = ("Production", "Production", "Production", "Staging", "Development")
_PREFIX = "customer-"


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
        return "Enterprise"
    return "Region" if serial % 10 == 0 else "Branch"


def parent_of(serial: int) -> str | None:
    """Return the id of the parent, which no served record shows; None for an enterprise."""
    if serial % 100 == 0:
        return None
    return provided_id_of(serial - serial % (100 if serial % 10 == 0 else 10))


def make_customer(seed: int, serial: int) -> dict[str, Any]:
    """Return the record, snake_case, as Explo documents it; about 620 bytes of JSON on average."""
    draw = _mix(seed, serial)
    provided_id = provided_id_of(serial)
    domain = f"tenant{serial}.example.com"
    inherited: dict[str, Any] = {"region": _REGIONS[draw % 3], "timezone": _ZONES[draw % 3]}
    own = _properties(draw >> 8, serial)
    mapping = {str(40 + 94 * n): str(213 + (draw >> 16) % 700 + n) for n in range((draw >> 20) % 4)}
    return {
        "token": f"fake-token-of-{provided_id}-{draw:016x}",
        "name": f"{_ADJECTIVES[(draw >> 24) % 10]} {_TRADES[(draw >> 28) % 9]} {serial}",
        "provided_id": provided_id,
        "is_demo_group": (draw >> 32) % 16 == 0,
        "emails": [f"{mailbox}@{domain}" for mailbox in ("admin", "bi.reports", "ops")[: (draw >> 36) % 4]],
        "group_tags": [_TAGS[((draw >> 40) + n) % 7] for n in range((draw >> 44) % 4)],
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
