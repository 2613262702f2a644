"""The customer portal and JWTs, over a socket."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from typing import Any

import msgspec
import pytest

from explo_async.emulator import Behaviour, Emulator, Token
from explo_async.endpoint import CONFIGURE_CUSTOMER_PORTAL, GENERATE_JWT
from tests.helpers.emulator_client import asking


def unpack(part: str) -> Any:
    return msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize(("setting", "emails"), [("replace", ["c"]), ("append", ["a", "b", "c"])])
async def test_a_portal_is_configured(setting: Any, emails: list[str]) -> None:
    """The documented answer, and the log alone tells who may enter; emails are replaced or added."""
    async with (
        Emulator([{"provided_id": "test_id_1"}], behaviour=Behaviour(emails=setting)) as emulator,
        asking(emulator) as ask,
    ):
        for addresses in (["a", "b"], ["c"]):
            body = {"dashboard_embed_id": "Ab123CdefG", "provided_id": "test_id_1", "emails": addresses}
            reply = await ask.do(CONFIGURE_CUSTOMER_PORTAL, body)
            assert (reply.status, reply.body) == (200, b'{"success":1}')
        assert (await ask.do(CONFIGURE_CUSTOMER_PORTAL, body | {"provided_id": "nobody"})).status == 404
        first, second = emulator.writes
        assert (first.before, first.after) == (None, {"dashboard_embed_id": "Ab123CdefG", "emails": ["a", "b"]})
        assert (second.before, second.after) == (first.after, {"dashboard_embed_id": "Ab123CdefG", "emails": emails})
        assert (second.verb, second.provided_id) == ("configure_customer_portal", "test_id_1")


async def test_a_jwt_tells_what_it_is_for() -> None:
    """It has the five parts of a JWE; header and claims are those of the documentation."""
    async with Emulator([{"provided_id": "a"}]) as emulator, asking(emulator) as ask:
        before = int(time.time())
        body = {"provided_id": "a", "embed_id": "dash", "key_id": "key", "expiration": "PT1H", "chart_id": None}
        reply = await ask.do(GENERATE_JWT, body)
        assert list(reply.json()) == ["success", "jwt"]
        head, key, _, claims, _ = reply.json()["jwt"].split(".")
        assert unpack(head) == {"alg": "dir", "enc": "A256GCM", "kid": "key"}
        assert key == ""
        expires = unpack(claims).pop("exp")
        assert unpack(claims) == {"cst": "a", "dsh": "dash", "exp": expires}
        assert before + 3600 <= expires <= time.time() + 3600
        assert emulator.writes[0].after == {"embed_id": "dash", "key_id": "key"}


async def test_without_a_key_one_is_made() -> None:
    """Each JWT without a `key_id` has a key of its own, and is good for a day."""
    async with Emulator([{"provided_id": "a"}]) as emulator, asking(emulator) as ask:
        jwts = [(await ask.do(GENERATE_JWT, {"provided_id": "a", "embed_id": "d"})).json()["jwt"] for _ in range(2)]
        assert [unpack(jwt.split(".")[0])["kid"] for jwt in jwts] == ["made-key-1", "made-key-2"]
        assert abs(unpack(jwts[0].split(".")[3])["exp"] - time.time() - 86_400) < 60
        assert len(emulator.writes) == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1H", 3600), ("P1D", 86_400), ("PT90M", 5400), ("PT1.5S", 1), ("P1DT2H3M4S", 93_784), ("P2W", 1_209_600)],
)
async def test_an_expiration_is_a_duration(text: str, seconds: int) -> None:
    """ISO 8601, from weeks to parts of a second."""
    async with Emulator([{"provided_id": "a"}]) as emulator, asking(emulator) as ask:
        before = time.time()
        reply = await ask.do(GENERATE_JWT, {"provided_id": "a", "embed_id": "d", "expiration": text})
        expires = unpack(reply.json()["jwt"].split(".")[3])["exp"]
        assert int(before + seconds) <= expires <= time.time() + seconds + 1


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1H", "3600", "PT1H ", "2026-01-01T00:00:00Z", "P1Y", "PT-1H", "PT\u0661H"]
)
async def test_another_expiration_is_refused(text: str) -> None:
    """A date, a number or a part of a duration is none."""
    async with Emulator([{"provided_id": "a"}]) as emulator, asking(emulator) as ask:
        reply = await ask.do(GENERATE_JWT, {"provided_id": "a", "embed_id": "d", "expiration": text})
        assert reply.status == 400
        assert reply.json() == {"detail": "expiration: This field has to be an ISO 8601 duration."}
        assert emulator.writes == ()


async def test_a_jwt_is_for_customers_within_reach() -> None:
    """Neither an unknown customer nor one of another group gets one."""
    tokens = [Token("here", "Here"), Token("there", "There")]
    async with Emulator([], tokens=tokens) as emulator, asking(emulator) as ask:
        await ask.make("a")
        for token, status in [("here", 200), ("there", 404)]:
            assert (await ask.do(GENERATE_JWT, {"provided_id": "a", "embed_id": "d"}, token=token)).status == status
