"""What a 200 holds in place of a page: no JSON, other JSON, odd JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async import DecodeError
from explo_async.emulator.faults import Body, Html
from tests.promises.catalogue.case import Case, Data, Raises, both
from tests.promises.catalogue.faults import Rewritten
from tests.promises.catalogue.places import explo

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "JSON"


def put(value: bytes) -> Callable[[bytes], bytes]:
    """Give the first customer of a page one more key with this value."""
    return lambda body: body.replace(b'{"token":', b'{"odd":' + value + b',"token":', 1)


NOT_JSON = [
    case
    for name, what, fault, match in (
        ("HTML", "200 with the HTML of a sign-in page", Html(), "it looks like HTML"),
        ("an empty body", "200 with an empty body", Body(b""), "it is empty"),
        ("blanks", "200 with an empty body", Body(b" \n"), "it is empty"),
        ("plain text", "200 with a body that is not JSON", Body(b"OK"), "JSON is malformed"),
        ("two documents", "200 with a body that is not JSON", Body(b"{} {}"), "JSON is malformed"),
        (
            "BOM",
            "JSON with a byte order mark, or in UTF-16",
            Rewritten(lambda body: b"\xef\xbb\xbf" + body),
            "malformed",
        ),
        (
            "UTF-16",
            "JSON with a byte order mark, or in UTF-16",
            Rewritten(lambda body: body.decode().encode("utf-16")),
            "",
        ),
        ("NaN", "NaN or Infinity", Rewritten(put(b"NaN")), "malformed"),
        ("Infinity", "NaN or Infinity", Rewritten(put(b"-Infinity")), "malformed"),
        ("invalid UTF-8", "strings that are not UTF-8", Rewritten(put(b'"\xff"')), "not UTF-8"),
        (
            "invalid UTF-8 in a token",
            "strings that are not UTF-8",
            Rewritten(lambda body: body.replace(b'","name"', b'\xff","name"')),
            "not UTF-8",
        ),
        ("half a surrogate pair", "half a surrogate pair", Rewritten(put(b'"\\ud800"')), "malformed"),
    )
    for case in both(
        name,
        GROUP,
        what,
        fault,
        Raises(error=DecodeError, match=rf"page 2: the body is not JSON: .*{match}.*after 3 attempts"),
    )
]

# The body, its results, the list and the customer are the first four levels.
NESTED = [
    case
    for name, levels in (("10 000 levels", 10_000), ("129 levels", 125))
    for case in both(
        name,
        GROUP,
        "more than 128 levels of nesting",
        Rewritten(put(b"[" * levels + b"]" * levels)),
        Raises(error=DecodeError, match="page 2: the body is nested too deeply, beyond 128 levels .*after 3 attempts"),
    )
]

OTHER_JSON = [
    Case(
        name=f"200 with {name}",
        group=GROUP,
        what="200 with `null`, a list, a number or a string",
        opening=explo(Body(body, page=1)),
        outcome=Raises(
            error=DecodeError,
            match=rf"page 1: \$ is {name}, not an object; the API has changed or base_url is not Explo's",
            note="names what it is",
            facts={"path": "$", "malformed": False},
        ),
    )
    for name, body in (
        ("null", b"null"),
        ("a list", b"[]"),
        ("a number", b"30"),
        ("a string", b'"customers"'),
        ("a boolean", b"true"),
    )
] + [
    Case(
        name="1e999",
        group=GROUP,
        what="a number that only infinity could stand for",
        opening=explo(Rewritten(put(b"1e999"), page=1)),
        outcome=Raises(error=DecodeError, match="page 1: the body holds a number that cannot be represented"),
    ),
]

UNUSUAL = [
    Case(
        name=name,
        group=GROUP,
        what=what,
        opening=explo(Rewritten(change, page=1)),
        outcome=Data(note=note, has=has),
    )
    for name, what, change, note, has in (
        ("2^64", "integers beyond 64 bits", put(b"18446744073709551616"), "exact", {"extra": {"odd": 2**64}}),
        ("-10^400", "integers beyond 64 bits", put(b"-1" + b"0" * 400), "exact", {"extra": {"odd": -(10**400)}}),
        (
            "a duplicate key",
            "the same key twice in an object",
            put(b'1,"odd":2'),
            "the last one counts",
            {"extra": {"odd": 2}},
        ),
        (
            "a surrogate pair",
            "escapes, pairs of surrogates",
            put(b'"\\ud83d\\ude00"'),
            "",
            {"extra": {"odd": "\U0001f600"}},
        ),
        (
            "unknown fields",
            "fields of a customer that are not documented",
            put(b'{"a": [1]}'),
            "in `extra`",
            {"extra": {"odd": {"a": [1]}}},
        ),
        ("128 levels", "128 levels of nesting", put(b"[" * 124 + b"]" * 124), "", {}),
    )
]

CASES = [*NOT_JSON, *NESTED, *OTHER_JSON, *UNUSUAL]
