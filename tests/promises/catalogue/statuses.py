"""Statuses other than 200."""

from __future__ import annotations

from explo_async import APIError, AuthenticationError, NotFound, PermissionDenied, ServerError, TransportError
from explo_async.emulator.answers import NOT_FOUND
from explo_async.emulator.faults import Html, Status
from tests.promises.catalogue.case import Case, Raises, both
from tests.promises.catalogue.faults import Headed
from tests.promises.catalogue.places import TEAM_TOKEN, explo

GROUP = "Status"
PERMANENT = "400, 409, 413, 418 or any other 4xx"


def refused(status: int, error: type[APIError], match: str, *, what: str, page: int = 1, note: str = "") -> Case:
    """Make a case of a status that no repeat would change."""
    return Case(
        name=f"{status} for page {page}",
        group=GROUP,
        what=what,
        opening=explo(Status(status, b'{"detail": "Words of the server."}', page=page)),
        outcome=Raises(
            error=error, match=rf"page {page}: .*{status} .*Words of the server\..*; {match}", page=page, note=note
        ),
    )


AT_ONCE = [
    refused(400, APIError, "check the filters", what=PERMANENT, note="with the server's words"),
    refused(409, APIError, "see the server's words", what=PERMANENT, note="with the server's words"),
    refused(413, APIError, "see the server's words", what=PERMANENT, note="with the server's words"),
    refused(418, APIError, "see the server's words", what=PERMANENT, note="with the server's words"),
    refused(422, APIError, "see the server's words", what=PERMANENT, note="with the server's words"),
    refused(401, AuthenticationError, "check the token .*EXPLO_TOKEN", what="401, at the start or in mid-run"),
    refused(401, AuthenticationError, "check the token .*EXPLO_TOKEN", what="401, at the start or in mid-run", page=2),
    refused(403, PermissionDenied, "this token may not list customers", what="403"),
    refused(405, APIError, "check base_url.*slash", what="405", note="check `base_url`"),
    Case(
        name="404 everywhere",
        group=GROUP,
        what="404 at both documented addresses of the list",
        opening=explo(Status(404, NOT_FOUND.body, page=1)),
        outcome=Raises(
            error=NotFound,
            match=r"page 1: .*404 Not Found: Not found\.; check base_url",
            asks=None,
            note="check `base_url`",
        ),
    ),
    Case(
        name="520",
        group=GROUP,
        what="any other 5xx, such as 520",
        opening=explo(Status(520, b"", page=1)),
        outcome=Raises(
            error=ServerError, match=r"page 1: the server answered 520; Explo has a problem", facts={"status": 520}
        ),
    ),
    *(
        Case(
            name=f"the token in {name}",
            group=GROUP,
            what="an error answer that repeats the team's token",
            opening=explo(Status(400, body, page=1)),
            outcome=Raises(error=APIError, match=match, note="with `***` in its place"),
        )
        for name, body, match in (
            ("the detail", b'{"detail": "No team has Token %b."}' % TEAM_TOKEN.encode(), r"No team has Token \*\*\*\."),
            ("plain text", b"Unknown token <%b>" % TEAM_TOKEN.encode(), r"Unknown token <\*\*\*>"),
            ("escapes", b'{"message": "\\u0074eam-t0ken-2f9d61?"}', r"400 Bad Request: \*\*\*\?"),
            ("text with a backslash", b"C:\\ %b" % TEAM_TOKEN.encode(), r"C:\\ \*\*\*"),
        )
    ),
]

REPEATED = [
    case
    for status, phrase in (
        (408, "Request Timeout"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    )
    for case in both(
        str(status),
        GROUP,
        "408" if status == 408 else "500, 502, 503, 504",
        Status(status, b'{"detail": "Later."}'),
        Raises(
            error=APIError if status == 408 else ServerError,
            match=rf"page 2: the server answered {status} {phrase}: Later\. .*after 3 attempts",
        ),
    )
] + [
    *both(
        "502 with a page of a proxy",
        GROUP,
        "502 with the HTML page of a proxy",
        Html(502),
        Raises(error=ServerError, match=r"page 2: the server answered 502 Bad Gateway \(", note="without its HTML"),
    ),
    *(
        case
        for status, body in ((204, b""), (206, b'{"total_count": 30, "results": {"customers": []}}'), (202, b"{}"))
        for case in both(
            str(status),
            GROUP,
            "204, 206 or any other 2xx in place of the page",
            Status(status, body),
            Raises(
                error=TransportError, match=rf"page 2: the server answered {status} .* in place of a page .*after 3"
            ),
        )
    ),
]

CACHED = both(
    "a page from a cache",
    GROUP,
    "200 from a cache on the way (`Age` above 0)",
    Headed(lambda: [("Content-Type", "application/json"), ("Age", "7")]),
    Raises(
        error=TransportError, match=r"page 2: the answer comes from a cache, 7 s old.*after 3 attempts.*cache nothing"
    ),
)

CASES = [*AT_ONCE, *REPEATED, *CACHED]
