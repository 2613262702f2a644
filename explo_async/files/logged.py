"""Rows of a log that was written from records: what the next format writes as JSON text stays text. Pure.

Nothing of that text is checked again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from explo_async.record import Record

_NULL = msgspec.Raw(b"null")


class TextRecord(Record, forbid_unknown_fields=True, gc=False):
    """For cells that are text: each list and each mapping is its JSON."""

    emails: msgspec.Raw = _NULL  # type: ignore[assignment]
    group_tags: msgspec.Raw = _NULL  # type: ignore[assignment]
    properties: msgspec.Raw = _NULL  # type: ignore[assignment]
    computed_properties: msgspec.Raw = _NULL  # type: ignore[assignment]
    parent_schema_datasource_mapping: msgspec.Raw = _NULL  # type: ignore[assignment]
    computed_parent_schema_datasource_mapping: msgspec.Raw = _NULL  # type: ignore[assignment]


class FreeTextRecord(Record, forbid_unknown_fields=True, gc=False):
    """For columns with types of their own: only what may be any JSON is its text."""

    properties: msgspec.Raw = _NULL  # type: ignore[assignment]
    computed_properties: msgspec.Raw = _NULL  # type: ignore[assignment]


TEXTS: msgspec.json.Decoder[Any] = msgspec.json.Decoder(TextRecord)
"""Reads a line as a `TextRecord`."""
FREE_TEXTS: msgspec.json.Decoder[Any] = msgspec.json.Decoder(FreeTextRecord)
"""Reads a line as a `FreeTextRecord`."""
