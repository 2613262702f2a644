"""On what kind of file system a file lies."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from explo_async.pacing.stores.mounts import NETWORK, VOLATILE, find_kind

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:26 / /run rw,nosuid shared:5 master:1 - tmpfs tmpfs rw
41 22 0:50 / /home rw - nfs4 server:/export/home rw,vers=4.2
42 41 0:51 / /home/local rw - xfs /dev/vdb rw
43 22 0:52 / /mnt/with\040space rw - fuse.sshfs user@host:/ rw
44 22 0:53 / /twice rw - nfs server:/x rw
45 22 0:54 / /twice rw - ext4 /dev/vdc rw
not a line of this kind
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/quota.sqlite", "ext4"),
        ("/run/explo/quota.sqlite", "tmpfs"),
        ("/running/quota.sqlite", "ext4"),
        ("/home/me/quota.sqlite", "nfs4"),
        ("/home/local/quota.sqlite", "xfs"),
        ("/mnt/with space/quota.sqlite", "fuse.sshfs"),
        ("/twice/quota.sqlite", "ext4"),
    ],
)
def test_the_deepest_and_latest_mount_counts(path: str, kind: str) -> None:
    """A place is below a mount by its folders, not by its letters."""
    assert find_kind(PurePosixPath(path), MOUNTS) == kind


def test_where_nothing_is_told_the_kind_is_not_known() -> None:
    """An empty file, or one of another system."""
    assert find_kind(PurePosixPath("/a"), "") is None
    assert find_kind(PurePosixPath("/a"), "1 2 3 - ext4\n\n") is None


def test_a_place_with_letters_beyond_ascii() -> None:
    """The kernel writes them as they are, and only space, tab, newline and backslash by their number."""
    mounts = "22 1 254:0 / / rw - ext4 /dev/a rw\n23 22 0:1 / /größe\\040\\134 rw - nfs s:/ rw"
    assert find_kind(PurePosixPath("/größe \\/q"), mounts) == "nfs"


def test_this_machine_tells_its_own() -> None:
    """The real file can be read."""
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        pytest.skip("only Linux tells its mounts there")
    assert find_kind(PurePosixPath("/proc/self"), mounts.read_text("utf-8", "surrogateescape")) == "proc"
    assert not NETWORK & VOLATILE
