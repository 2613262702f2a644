"""On what kind of file system a file lies. Pure."""

from __future__ import annotations

import re
from pathlib import PurePath

NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "coda",
        "9p",
        "ceph",
        "glusterfs",
        "lustre",
        "beegfs",
        "gpfs",
        "ocfs2",
        "gfs2",
        "pvfs2",
        "orangefs",
        "davfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.gcsfuse",
        "fuse.davfs2",
    ]
)
"""File systems of several hosts: their locks do not hold for SQLite, see https://www.sqlite.org/faq.html#q5."""
VOLATILE = frozenset({"tmpfs", "ramfs"})
"""File systems that are empty after a start of the host."""

_ESCAPED = re.compile(r"\\([0-7]{3})")
"""Space, tab, newline and backslash, as the kernel writes them."""


def find_kind(path: PurePath, mountinfo: str) -> str | None:
    """Return the kind of the file system of an absolute path by the text of /proc/self/mountinfo, None if untold.

    The format: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
    """
    found: tuple[int, str] | None = None
    for line in mountinfo.splitlines():
        mount, _, rest = line.partition(" - ")
        fields = mount.split(" ")
        if len(fields) < 5 or not rest:  # noqa: PLR2004 -- the fifth is the place
            continue
        place = PurePath(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        if path.is_relative_to(place) and (found is None or len(place.parts) >= found[0]):
            # A later mount at the same place hides the earlier one.
            found = len(place.parts), rest.split(" ")[0]
    return None if found is None else found[1]
