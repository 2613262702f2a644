"""A window in Redis or Valkey, for several hosts: one script decides, by the server's own clock."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.resources import files
from secrets import token_hex
from typing import TYPE_CHECKING

import msgspec
import redis.asyncio
import redis.exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from explo_async.pacing.stores.message import Message, Reply
from explo_async.pacing.stores.store import FORMAT, Look, StoreFailure
from explo_async.pacing.window_state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_SECONDS = 5.0
"""How long a command may take."""
CONNECT_SECONDS = 2.0
_encode = msgspec.msgpack.Encoder().encode
_decode_reply = msgspec.msgpack.Decoder(Reply).decode
_decode_state = msgspec.msgpack.Decoder(State).decode


class RedisStore:
    """A key of a Redis server, as `Store` says."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        world: tuple[float, str, float] | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Keep the window at `key`; tests may set the server's clock, run and age."""
        self._key = key
        self._answer_seconds = answer_seconds
        self._redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=answer_seconds,
            socket_connect_timeout=CONNECT_SECONDS,
            # A message that is sent twice may be granted twice: what is to be done after a failure is the client's.
            retry=Retry(NoBackoff(), 0),
        )
        # Sent by its digest, and in full once the server does not know it, as after a restart.
        source = files("explo_async.pacing.stores").joinpath("quota.lua").read_text("utf-8")
        self._script = self._redis.register_script(source)
        self.world = world

    async def exchange(self, message: Message) -> Reply:
        """As `Store` says; the reply holds the state where the message asks for it."""
        world = () if self.world is None else (repr(self.world[0]), self.world[1], repr(self.world[2]))
        with self._failures():
            packed = await self._script(keys=[self._key], args=[_encode(message), token_hex(4), *world])
            reply = _decode_reply(packed[0])
            if message.details:
                reply.state = _decode_state(packed[1])
        return reply

    async def look(self) -> Look:
        """As `Store` says."""
        with self._failures():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.get(self._key)
                pipeline.time()
                pipeline.info("server")
                packed, (seconds, micros), info = await pipeline.execute()
            clock = seconds + micros / 1e6
            state = None if packed is None else _decode_state(packed)
            policy = await self._find_eviction_policy()
        if state is not None and state.format > FORMAT:
            raise _newer()
        warnings = []
        if policy is not None and policy.startswith("allkeys"):
            warnings.append(f"the server may drop the window when its memory is full (maxmemory-policy {policy})")
        kind = (
            f"{'Valkey' if 'valkey_version' in info else 'Redis'} {info.get('valkey_version', info['redis_version'])}"
        )
        return Look(
            state=state,
            clock=clock,
            kind=kind,
            up=float(info["uptime_in_seconds"]),
            wall_clock=clock,
            warnings=warnings,
        )

    async def reset(self) -> None:
        """As `Store` says."""
        with self._failures():
            info = await self._redis.info("server")
            await self._redis.set(self._key, _encode(State(epoch=token_hex(4), run=info["run_id"])))

    async def close(self) -> None:
        """As `Store` says."""
        with self._failures():
            await self._redis.aclose()

    async def _find_eviction_policy(self) -> str | None:
        """Return what the server drops when its memory is full, None where it does not tell."""
        try:
            found = await self._redis.config_get("maxmemory-policy")
        except redis.ResponseError:
            return None
        policy: str | None = found.get("maxmemory-policy")
        return policy

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Say in our words why a command failed: the errors of redis-py may show the address."""
        failure: StoreFailure
        try:
            yield
        except (redis.AuthenticationError, redis.exceptions.AuthorizationError):
            failure = StoreFailure("it refuses user or password", "check the address", for_good=True)
        except redis.ResponseError as error:
            failure = _translate(str(error))
        except (redis.TimeoutError, TimeoutError):
            failure = StoreFailure(f"it has not answered within {self._answer_seconds:g} s", "check the server")
        except redis.BusyLoadingError:
            failure = StoreFailure("it has just been started, and still loads", "wait until it has")
        except (redis.RedisError, OSError):
            what = "it cannot be reached, or broke the connection off"
            failure = StoreFailure(what, "check address and server", is_broken_off=True)
        except msgspec.MsgspecError:
            failure = _damaged()
        else:
            return
        raise failure from None


def _translate(error: str) -> StoreFailure:
    if "NEWERFORMAT" in error:
        return _newer()
    if "DAMAGED" in error or "WRONGTYPE" in error:
        return _damaged()
    return StoreFailure(f"it refuses: {error[:200]}", "check the server and the rights of the user")


def _damaged() -> StoreFailure:
    return StoreFailure("what it keeps is damaged", "run `explo-async quota STORE --reset`", for_good=True)


def _newer() -> StoreFailure:
    return StoreFailure("what it keeps is of a newer version", "bring this program up to date", for_good=True)
