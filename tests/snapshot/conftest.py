"""What tests of snapshots share: an S3 server, and places on each kind of store."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.s3_server import BUCKET, S3Server, what_is_missing
from tests.helpers.services import skip_without
from tests.snapshot.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_serials = count()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """Run an S3 server, once for all tests of a process."""
    skip_without(what_is_missing())
    with S3Server() as server:
        yield server


@pytest.fixture(params=["disk", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return an empty place for snapshots."""
    options: dict[str, Any] = {}
    if request.param == "disk":
        root = str(tmp_path / "snapshots")
    elif request.param == "memory":
        root = f"memory:///snapshots-{next(_serials)}"
    else:
        options = request.getfixturevalue("s3").options
        root = f"s3://{BUCKET}/snapshots-{next(_serials)}"
    return Place(root, options)
