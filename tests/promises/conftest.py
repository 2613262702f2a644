"""The real site, once for all tests of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.services import skip_without
from tests.promises.site.running import run_site, what_is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.promises.site.running import Site


@pytest.fixture(scope="session")
def can_run() -> None:
    """Skip where the site cannot run; where CI runs the tests that is a failure."""
    skip_without(what_is_missing())


@pytest.fixture(scope="session")
def site(can_run: None) -> Iterator[Site]:  # noqa: ARG001 - asked first
    """Run the site."""
    with run_site() as running:
        yield running
