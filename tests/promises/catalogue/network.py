"""Connections: not made, not secure, broken, slow, closed by the server."""

from __future__ import annotations

from attrs import evolve

from explo_async import RequestTimeout, TransportError
from explo_async.emulator.faults import Close, CutChunked, Hang, Reset, Trickle, Truncate
from tests.promises.catalogue.case import THRICE, Case, Data, Raises, both
from tests.promises.catalogue.faults import AnswerThenClose, Headed, Raw
from tests.promises.catalogue.places import at, explo, nobody_listens, over_tls, plain_http_behind_https

GROUP = "Connection"
BROKEN = Raises(
    error=TransportError, match=r"page 2: the connection to http://127\.0\.0\.1:\d+ broke off .*try again later"
)
LATE = Raises(
    error=RequestTimeout,
    match=r"page 2: no whole answer within request_timeout=0\.25 s .*after 3 attempts.*raise request_timeout",
)
IMPATIENT = {"request_timeout": 0.25}

UNREACHABLE = [
    Case(
        name="nobody listens",
        group=GROUP,
        what="connection refused",
        opening=nobody_listens,
        outcome=Raises(
            error=TransportError,
            match=r"page 1: no connection to http://127\.0\.0\.1:\d+ \(.*Connect call failed.*after 3 attempts.*check base_url",
            asks=3,
            note="names the address",
        ),
    ),
    Case(
        name="no such name",
        group=GROUP,
        what="the host's name cannot be resolved",
        opening=at("https://explo.invalid"),
        outcome=Raises(
            error=TransportError,
            match=r"page 1: the name in https://explo\.invalid cannot be resolved .*after 3 attempts.*check base_url",
            asks=3,
            note="names the address",
        ),
    ),
]

INSECURE = [
    Case(
        name=name,
        group=GROUP,
        what="TLS: unknown issuer, another host's certificate, or no TLS at all",
        opening=opening,
        outcome=Raises(
            error=TransportError,
            match=rf"page 1: no secure connection to https://127\.0\.0\.1:\d+ \({reason}.*; check the server's certificate",
            note="a repeat would not help",
            facts={"retryable": False},
        ),
    )
    for name, opening, reason in (
        ("certificate of an unknown issuer", over_tls("127.0.0.1", trusted=False), "ClientConnectorCertificateError"),
        ("certificate of another host", over_tls("explo.example", trusted=True), "ClientConnectorCertificateError"),
        ("http behind https", plain_http_behind_https, "ClientConnectorSSLError"),
    )
]

BREAKING = [
    case
    for name, what, fault, stale in (
        ("reset before the headers", "reset before the headers, in them, or in the body", Reset("before_headers"), 1),
        # aiohttp does not tell this one from the one before.
        ("reset in the headers", "reset before the headers, in them, or in the body", Reset("in_headers"), 1),
        ("reset in the body", "reset before the headers, in them, or in the body", Reset("in_body"), 0),
        ("closed before the headers", "closed before the headers, or in them", Close(), 1),
        (
            "closed in the headers",
            "closed before the headers, or in them",
            Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Token: team-t0ken-2f9d61\r\nContent-Ty"),
            0,
        ),
        ("body shorter than Content-Length", "body shorter than its Content-Length", Truncate(), 0),
        ("no body at all", "body shorter than its Content-Length", Truncate(0), 0),
        ("chunked body cut off", "chunked body without its end", CutChunked(), 0),
    )
    for case in both(name, GROUP, what, fault, evolve(BROKEN, stale=stale))
]

SLOW = [
    case
    for name, what, fault in (
        ("no headers", "an answer that never comes, or stops in its body", Hang("headers")),
        ("a body that stops", "an answer that never comes, or stops in its body", Hang("body")),
        ("a body that trickles", "a body that trickles in, byte by byte", Trickle(0.03)),
    )
    for case in both(name, GROUP, what, fault, LATE, client=IMPATIENT)
]

KEPT_ALIVE = [
    Case(
        name=name,
        group=GROUP,
        what=what,
        opening=explo(fault),
        outcome=Data(retries=retries),
        client={"max_concurrency": 1, "retry": THRICE},
    )
    for name, what, fault, retries in (
        ("closed between requests", "an idle connection that the server has closed", AnswerThenClose(page=1), 0),
        (
            "closed at the next request",
            "an idle connection that closes as the request arrives",
            Close(page=2, times=1),
            1,
        ),
        ("connection: close", "a server that closes after each answer", Headed(list), 0),
        ("closes unannounced", "a server that closes after each answer", AnswerThenClose(), 0),
    )
]

CASES = [*UNREACHABLE, *INSECURE, *BREAKING, *SLOW, *KEPT_ALIVE]
