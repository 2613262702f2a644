"""Servers that some tests need, and not every machine has."""

import os

import pytest


def skip_without(missing: str | None) -> None:
    """Skip a test for what is missing, if anything is; where CI runs the tests that is a failure."""
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
