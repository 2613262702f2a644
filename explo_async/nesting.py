"""How deep JSON may be nested in whatever comes in, an answer, a file or a cell of a table. Pure.

Left alone, msgspec goes on until the interpreter stops it: up to Python 3.13 after a number of calls, from 3.14 on at
the end of the thread's stack. One Python refuses then what another takes, and what was taken may fail later, in a copy.
"""

from __future__ import annotations

from itertools import accumulate
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, NewType

import msgspec

MAX_NESTING: Final = 128
"""Levels, the outermost object or list being the first: as many as serde_json takes; .NET takes 64, MySQL keeps 100.

A documented page has five. Of Python's 1000 calls within each other pprint takes three a level, deepcopy two.
"""

_USUAL = 6
"""Levels that are decoded without a look at the text before; one more doubles what msgspec makes of `Json`."""


class NestingError(ValueError):
    """A text is nested deeper than `MAX_NESTING`."""

    def __init__(self) -> None:
        super().__init__(f"is nested too deeply, beyond {MAX_NESTING} levels")


def _nested(levels: int) -> Any:
    plain: Any = str | int | float | bool | None
    kind = plain
    for _ in range(levels):
        kind = plain | GenericAlias(list, (kind,)) | GenericAlias(dict, (str, kind))
    return kind


if TYPE_CHECKING:
    Json = Any
else:
    # `get_type_hints` does not walk through what is inside a NewType.
    Json = NewType("Json", _nested(_USUAL))
"""Any JSON value, for msgspec's types; one with more levels than usual is a ValidationError.

That costs no time, while to look at a page's brackets takes as long as to decode it.
"""

_USUAL_DECODER = msgspec.json.Decoder(Json)
_DECODER = msgspec.json.Decoder()


def decode_json(text: bytes | str) -> Any:
    """Decode any JSON; raises `NestingError`, and for what is no JSON the ValueErrors of msgspec."""
    try:
        return _USUAL_DECODER.decode(text)
    except msgspec.ValidationError:
        # Deeper than usual, or a number for which only infinity could stand.
        is_too_deep = nests_too_deeply(text.encode() if isinstance(text, str) else text)
    if is_too_deep:
        raise NestingError
    return _DECODER.decode(text)


_STEPS = dict(zip(b"[{]}", (1, 1, -1, -1), strict=True))
_NEITHER_BRACKETS_NOR_QUOTES = bytes(set(range(256)).difference(b'[{]}"'))


def nests_too_deeply(text: bytes) -> bool:
    """Tell whether JSON is nested deeper than `MAX_NESTING`; of what is no JSON the answer means nothing."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Left are brackets, and the quotes of strings that hold some: every second piece is in a string.
    text = text.translate(None, _NEITHER_BRACKETS_NOR_QUOTES).replace(b'""', b"")
    brackets = b"".join(text.split(b'"')[::2])
    return any(depth > MAX_NESTING for depth in accumulate(map(_STEPS.__getitem__, brackets)))
