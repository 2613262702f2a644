"""Bodies: compressed, damaged, too large, badly framed, under any content type."""

from __future__ import annotations

from attrs import evolve

from explo_async import DecodeError, RequestTimeout, ResponseTooLarge, TransportError
from explo_async.emulator.faults import Body, ContentType
from tests.promises.catalogue.case import Case, Data, Raises, both
from tests.promises.catalogue.faults import Bomb, CutAtTheEnd, Encoded, Raw
from tests.promises.catalogue.places import explo

GROUP = "Body"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
NOT_JSON = Raises(
    error=DecodeError,
    match=r"page 2: the body is not JSON: .*after 3 attempts.*check that base_url",
    facts={"malformed": True},
)
BROKEN = Raises(
    error=TransportError, match=r"page 2: the connection to http://127\.0\.0\.1:\d+ broke off \(ClientPayload"
)
NOT_HTTP = Raises(
    error=TransportError, match=r"page 2: the answer of http://127\.0\.0\.1:\d+ is not valid HTTP \(Client"
)

GOOD = [
    Case(
        name=f"{encoding} body",
        group=GROUP,
        what="compressed with gzip, deflate or br (where a Brotli package is installed)",
        opening=explo(Encoded(encoding)),
        outcome=Data(),
    )
    for encoding in ("gzip", "deflate", "br")
]

DAMAGED = [
    case
    for encoding, damage, lasting in (
        ("gzip", "corrupt", BROKEN),
        ("gzip", "cut", NOT_JSON),
        ("deflate", "corrupt", BROKEN),
        ("deflate", "cut", evolve(BROKEN, match=r"page 2: the (answer|connection) .*after 3 attempts")),
        ("br", "corrupt", BROKEN),
        ("br", "cut", NOT_JSON),
    )
    for case in both(
        f"{damage} {encoding} body",
        GROUP,
        "a compressed body that is corrupt" if damage == "corrupt" else "a compressed body that is cut off",
        Encoded(encoding, damage),  # type: ignore[arg-type]
        lasting,
    )
]

FRAMED = [
    *both("cut without a length", GROUP, "a body without a length that is cut off", CutAtTheEnd(), NOT_JSON),
    *both(
        "unknown encoding",
        GROUP,
        "compressed in a way that was not asked for",
        Body(b"(\xb5/\xfd", headers={"Content-Encoding": "snappy"}),
        NOT_JSON,
    ),
    *(
        case
        for name, data, later in (
            ("ssh", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b""),
            ("token in the status line", b"team-t0ken-2f9d61\r\n\r\n", b""),
            ("token in a bad header", HEAD + b"team-t0ken-2f9d61 here\r\n\r\n", b""),
            ("two lengths", HEAD + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\n12345", b""),
            ("500 headers", HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n", b""),
            ("a line of 100 kB", HEAD + b"X: " + b"team-t0ken-2f9d61" * 6000 + b"\r\n\r\n", b""),
            (
                "a chunk without its size",
                HEAD + b'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n"fake-token-of-customer-0000010-"\r\n',
                b"",
            ),
        )
        for case in both(name, GROUP, "an answer that is not HTTP", Raw(data, later), NOT_HTTP)
    ),
    *both(
        "a later chunk without its size",
        GROUP,
        "chunks that are none",
        Raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n', b'"fake-token-of-customer-0000010-"\r\n'),
        # aiohttp's parser in C says nothing of them and waits for more.
        Raises(error=RequestTimeout, match=r"page 2: no whole answer within request_timeout=0\.25 s"),
        client={"request_timeout": 0.25},
    ),
]

TOO_LARGE = [
    Case(
        name="gzip bomb",
        group=GROUP,
        what="a gzip bomb: a megabyte that a gigabyte comes out of",
        opening=explo(Bomb(page=1)),
        outcome=Raises(
            error=ResponseTooLarge,
            match=r"page 1: the decompressed answer is larger than max_response_bytes=1048576; raise max_response_bytes",
            note="not read beyond `max_response_bytes`",
        ),
        client={"max_response_bytes": 2**20},
    ),
    Case(
        name="long body",
        group=GROUP,
        what="a body longer than `max_response_bytes`",
        opening=explo(Body(b" " * 10_000, page=1)),
        outcome=Raises(
            error=ResponseTooLarge,
            match=r"page 1: the decompressed answer is larger than max_response_bytes=5000; .*ask for smaller pages",
            note="says which limit",
        ),
        client={"max_response_bytes": 5000},
    ),
]

CONTENT_TYPES = [
    Case(
        name=f"content type {value}",
        group=GROUP,
        what="a good body under a wrong, odd or absent content type",
        opening=explo(ContentType(value)),
        outcome=Data(note="a good body counts"),
    )
    for value in (None, "", "text/html", "application/json; charset=latin-1", "application/octet-stream", "nonsense;;")
]

CASES = [*GOOD, *DAMAGED, *FRAMED, *TOO_LARGE, *CONTENT_TYPES]
