"""JSON objects that msgspec has passed over as `Raw`: are they what a decoder would take, and compact? Pure.

msgspec looks at the syntax of what it passes over, and not at the UTF-8, the size of numbers and the depth. Most texts
are told to be in order by a few searches in all of them at once, in a fraction of the time that decoding takes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from explo_async.nesting import MAX_NESTING, decode_json

_DIGITS = bytes.maketrans(b"123456789E", b"000000000e")
_LARGE = (b"0e000", b"0" * 200)
"""Of numbers for which only infinity may stand, with all digits as 0 and no +."""
_BREAKS = (b"\n", b"\r", b"\t")
_SPACES = (b": ", b", ", b"{ ", b"[ ", b" :", b" ,", b" }", b" ]")
"""Of every space between values, and of some within texts."""
_SHALLOW = 2 * MAX_NESTING
"""Bytes of a text that cannot be nested too deeply: no more brackets fit into it."""
_ENCODER = msgspec.json.Encoder()


def settle(raws: list[Any]) -> list[Any]:
    """Return `Raw`s of JSON objects, or nulls, as they are where they are in order, else decoded and encoded.

    Raises ValueError for what is no object, and for what cannot be decoded.
    """
    joined = b"\0".join([b"", *raws])
    if joined.count(b"\0{") + joined.count(b"\0null") < len(raws):
        msg = "is no object"
        raise ValueError(msg)
    long = [bytes(raw) for raw in raws if len(raw) > _SHALLOW]
    # A server puts its spaces everywhere or nowhere: one text is looked at, since all would take a while.
    if all(map(_is_flat, long)) and _is_sound(joined) and _is_compact(bytes(max(raws, key=len, default=b""))):
        return raws
    return [_settle(bytes(raw)) for raw in raws]


def _settle(raw: bytes) -> msgspec.Raw:
    if _is_flat(raw) and _is_sound(raw) and _is_compact(raw):
        return msgspec.Raw(raw)
    value: Any = decode_json(raw)
    return msgspec.Raw(_ENCODER.encode(value))


def _is_flat(text: bytes) -> bool:
    """Tell whether a text is not nested too deeply for sure; False means that it may be."""
    return text.count(b"{") + text.count(b"[") <= MAX_NESTING


def _is_sound(text: bytes) -> bool:
    """Tell whether texts are UTF-8, each on a line, and without large numbers for sure; False: they may not be."""
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
    digits = text.translate(_DIGITS, b"+")
    return not any(byte in text for byte in _BREAKS) and not any(large in digits for large in _LARGE)


def _is_compact(text: bytes) -> bool:
    """Tell whether there are no spaces between values for sure; False means that there may be some."""
    return not any(space in text for space in _SPACES)
