"""What customers see: the customer portal, and JWTs that open dashboards.

https://docs.explo.co/api-reference/customer-api/configure-portal and .../generate-jwt
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.emulator.failures import Refused
from explo_async.emulator.inheritance import join_names

if TYPE_CHECKING:
    from explo_async.emulator.behaviour import Behaviour
    from explo_async.emulator.bodies import Body
    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.customers_api import Call, CustomersApi
    from explo_async.emulator.writes import WriteLog

_DAY = 86_400.0
_DURATION = re.compile(
    r"P(?=.)(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?(?:T(?=.)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_SECONDS = {"w": 7 * _DAY, "d": _DAY, "h": 3600.0, "m": 60.0, "s": 1.0}


class EmbedsApi:
    """Each method does what one endpoint does and returns its answer; Refused when it does nothing."""

    def __init__(self, book: CustomerBook, customers: CustomersApi, behaviour: Behaviour, writes: WriteLog) -> None:
        self._book = book
        self._customers = customers
        self._behaviour = behaviour
        self._writes = writes
        self._portals: dict[tuple[str, str], list[str]] = {}
        self._keys = 0

    def configure_portal(self, call: Call) -> Body:
        """Say who may open a customer's portal; no endpoint tells it again."""
        row, dashboard, emails = self._customers.find(call), call.body["dashboard_embed_id"], call.body["emails"]
        provided_id: str = self._book.own(row)["provided_id"]
        before = self._portals.get((provided_id, dashboard))
        if self._behaviour.emails == "append":
            emails = join_names(before or [], emails)
        self._portals[provided_id, dashboard] = emails
        old = None if before is None else {"dashboard_embed_id": dashboard, "emails": before}
        new = {"dashboard_embed_id": dashboard, "emails": emails}
        self._writes.take_down("configure_customer_portal", provided_id, old, new, call.at)
        return {"success": 1}

    def generate_jwt(self, call: Call) -> Body:
        """Return a token in the form of JWE; its claims are not encrypted, so that a test can read them."""
        self._customers.find(call)
        body = call.body
        seconds = read_duration(body["expiration"]) if "expiration" in body else _DAY
        key_id = body.get("key_id")
        if key_id is None:
            self._keys += 1
            key_id = f"made-key-{self._keys}"
        claims: dict[str, Any] = {"cst": body["provided_id"], "dsh": body["embed_id"], "exp": int(call.date + seconds)}
        told = {"embed_id": body["embed_id"], "key_id": key_id}
        self._writes.take_down("generate_jwt", body["provided_id"], None, told, call.at)
        head = {"alg": "dir", "enc": "A256GCM", "kid": key_id}
        return {"success": 1, "jwt": f"{_base64(head)}..ZmFrZS1pdg.{_base64(claims)}.ZmFrZS10YWc"}


def read_duration(text: str) -> float:
    """Return the seconds of an ISO 8601 duration without years and months; Refused for another text."""
    found = _DURATION.fullmatch(text)
    if found is None:
        msg = "expiration: This field has to be an ISO 8601 duration."
        raise Refused(msg)
    return sum(float(count) * _SECONDS[unit] for unit, count in found.groupdict().items() if count)


def _base64(value: Any) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()
