"""Redirects: all refused, wherever they lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async import RedirectRefused
from explo_async.emulator.faults import Fault, Redirect
from tests.promises.catalogue.case import Case, Raises
from tests.promises.catalogue.places import beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator import Emulator

GROUP = "Redirect"
ABROAD = {"another port", "another host", "http from https"}
ELSEWHERE = "301, 302, 303, 307 or 308 to another port, to another host, or from https to http"
AT_HOME = "the same to the same origin, to itself, without a Location, or with one that is no address"
PATH = "/v2/api/customers/?page=1"


def to(where: str, status: int) -> Callable[[Emulator], Fault]:
    """Make the redirect, to a stranger where the place is named after one."""

    def redirect(stranger: Emulator) -> Fault:
        places: dict[str, str | None] = {
            "the same origin": "/v3/api/customers/",
            "itself": PATH,
            "another port": stranger.url + PATH,
            "another host": stranger.url.replace("127.0.0.1", "localhost") + PATH,
            "http from https": stranger.url + PATH,
            "nowhere": None,
            "no address": "http://[::",
        }
        return Redirect(status, places[where])

    return redirect


CASES = [
    Case(
        name=f"{status} to {where}",
        group=GROUP,
        what=ELSEWHERE if where in ABROAD else AT_HOME,
        opening=beside(to(where, status), tls=where == "http from https"),
        outcome=Raises(
            error=RedirectRefused,
            match=rf"page 1: the server answered {status} .*refused so that the token stays put; check base_url",
            note="the other server sees nothing" if where in ABROAD else "",
            facts={"retryable": False},
        ),
    )
    for status in (301, 302, 303, 307, 308)
    for where in (
        "another port",
        "another host",
        "http from https",
        "the same origin",
        "itself",
        "nowhere",
        "no address",
    )
]
