"""The journal of an export under way: what it is an export of, and up to where its part file is whole. Pure.

One JSON object a line. The first says what the export is of; each later one that a page was written, or that the list
is complete, or that the finished file is being put in its place. A line that was cut off counts as not written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from attrs import frozen

from explo_async.engine.listing import Provable  # noqa: TC001 -- msgspec reads it

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1
"""Raised with every change after which an older journal could not be read."""


class Heading(msgspec.Struct, frozen=True, kw_only=True, tag="export", tag_field="line"):
    """What an export is of: one can only be resumed as what it began."""

    version: int = VERSION
    salt: str
    account: str
    """Tells the address and the token from others, salted; neither can be had back from it."""
    format: str
    with_tokens: bool
    consistency: Provable
    parent_provided_id: str | None
    hierarchy_level_name: str | None
    page_size: int
    overwrite: bool
    """Whether the target may be replaced."""


class Written(msgspec.Struct, frozen=True, kw_only=True, tag="page", tag_field="line"):
    """The rows of a page are in the part file: from the last such line's `end` to this one's, with this checksum."""

    page: int
    total_count: int
    customers: int
    """How many there are up to here."""
    end: int
    crc32: int


class Complete(msgspec.Struct, frozen=True, tag="complete", tag_field="line"):
    """Nothing is missing in the part file: what is left to do needs no request."""

    report: dict[str, Any] | None = None
    """What was proved."""


class Placing(msgspec.Struct, frozen=True, tag="placing", tag_field="line"):
    """The finished file is whole, and is renamed to its name next."""


Entry = Written | Complete | Placing

_ENCODER = msgspec.json.Encoder()
_HEADING = msgspec.json.Decoder(Heading)
_ENTRY = msgspec.json.Decoder(Entry)


def encode_entry(entry: Heading | Entry) -> bytes:
    """Make a line of it."""
    return _ENCODER.encode(entry) + b"\n"


@frozen
class Journal:
    """What a journal tells."""

    heading: Heading
    entries: list[Entry]
    ends: list[int]
    """Where the line of the heading ends, and that of each entry."""


def read_journal(text: bytes) -> Journal | None:
    """Read a journal, None when not even its heading is there.

    Raises ValueError for one of another version, or for something else.
    """
    lines = list(_whole_lines(text))
    if not lines:
        return None
    heading, end = lines[0]
    journal = Journal(_read_heading(heading), [], [end])
    for line, end in lines[1:]:
        try:
            journal.entries.append(_ENTRY.decode(line))
        except ValueError:
            # What a crash of the machine left; nothing after it counts.
            break
        journal.ends.append(end)
    return journal


def _read_heading(line: bytes) -> Heading:
    heading = _HEADING.decode(line)
    if heading.version != VERSION:
        msg = f"it is of version {heading.version}, and this package reads version {VERSION}"
        raise ValueError(msg)
    return heading


def _whole_lines(text: bytes) -> Iterator[tuple[bytes, int]]:
    start = 0
    while end := text.find(b"\n", start) + 1:
        yield text[start : end - 1], end
        start = end
