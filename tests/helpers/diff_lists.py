"""Two lists that differ in every way, and their files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

OLD: list[dict[str, Any]] = [
    {"provided_id": "same", "name": "Same"},
    {"provided_id": "gone", "name": "[bold]Gone[/bold]"},
    {"provided_id": "secret", "name": "Secret", "token": "s3cret-old"},
    {"provided_id": "plan", "name": "Plan", "properties": {"plan": "free", "flags": {"sso": True, "trial": 1}}},
    {"provided_id": "renamed", "name": "Renamed at that", "emails": ["a@example.com"], "created": None},
]
NEW: list[dict[str, Any]] = [
    {"provided_id": "fresh", "name": None},
    {"provided_id": "secret", "name": "Secret", "token": "s3cret-new"},
    {"provided_id": "same", "name": "Same", "emails": [], "properties": None},
    {"provided_id": "plan", "name": "Plan", "properties": {"flags": {"trial": 1}, "plan": "team"}},
    {
        "provided_id": "renamed",
        "name": "[red]東京\u001b[2J\u202e\n",
        "emails": ["a@example.com", "b@example.com"],
        "k": 1,
    },
    {"provided_id": "long-one", "name": "long" * 20},
]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> str:
    """Write JSON Lines as an export has them; return the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)
