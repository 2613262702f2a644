"""What pyproject.toml says in two places."""

from __future__ import annotations

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))


def test_the_checks_have_all_that_users_may_ask_for() -> None:
    """The group `extras`, and by it `dev`, has the requirements of every extra."""
    asked = {requirement for extra in PROJECT["project"]["optional-dependencies"].values() for requirement in extra}
    groups = PROJECT["dependency-groups"]
    assert set(groups["extras"]) == asked
    assert {"include-group": "extras"} in groups["test"]
