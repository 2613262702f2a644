"""`client.group_tags`: the tags of the team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.arguments import spell
from explo_async.decode.single import read_tag, read_tags
from explo_async.errors import OutcomeUnknown
from explo_async.wire.deadline import in_time
from explo_async.wire.verb import CREATE_GROUP_TAG, DELETE_GROUP_TAG, LIST_GROUP_TAGS, RENAME_GROUP_TAG

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable
    from typing import Any

    from explo_async.pacing.gate import Gate
    from explo_async.wire.verb import Verb
    from explo_async.wire.verb_source import VerbSource


class GroupTags:
    """The tags that customers can have, by their names; `timeout` is in seconds for the whole call.

    A change is sent once. A lost answer is settled by reading the tags, or raises `OutcomeUnknown`. Tags steer who sees
    which reports: a change of a tag changes access.
    """

    def __init__(self, open_gate: Callable[[], Gate], open_verbs: Callable[[], VerbSource]) -> None:
        self._open_gate = open_gate
        self._open_verbs = open_verbs

    async def list(self, *, timeout: float | None = None) -> builtins.list[str]:
        """Return the names of all tags that this token sees, in the server's order."""
        return read_tags(await self._call(LIST_GROUP_TAGS, {}, timeout))

    async def create(self, name: str, *, timeout: float | None = None) -> str:
        """Make a tag, and return its name. Raises `APIError` if there is one."""
        body = spell(name=name)
        answer = await self._change(CREATE_GROUP_TAG, body, timeout, is_done=lambda tags: name in tags)
        return name if answer is None else read_tag(answer)

    async def rename(self, name: str, new_name: str, *, timeout: float | None = None) -> str:
        """Give a tag another name, and return that; customers keep the tag under it."""
        body = spell(name=name, new_name=new_name)
        answer = await self._change(
            RENAME_GROUP_TAG, body, timeout, is_done=lambda tags: new_name in tags and name not in tags
        )
        return new_name if answer is None else read_tag(answer)

    async def delete(self, name: str, *, timeout: float | None = None) -> None:
        """Delete a tag; customers lose it. Raises `APIError` if there is none."""
        body = spell(name=name)
        await self._change(DELETE_GROUP_TAG, body, timeout, is_done=lambda tags: name not in tags)

    async def _call(self, verb: Verb, body: dict[str, Any], timeout: float | None) -> dict[str, Any]:
        verbs = self._open_verbs()
        async with in_time(self._open_gate(), timeout) as clock:
            return await verbs.call(verb, body, clock=clock)

    async def _change(
        self,
        verb: Verb,
        body: dict[str, Any],
        timeout: float | None,
        *,
        is_done: Callable[[builtins.list[str]], bool],
    ) -> dict[str, Any] | None:
        """Return the answer; None where it was lost, and the tags show that the change was made."""
        try:
            return await self._call(verb, body, timeout)
        except OutcomeUnknown as unknown:
            tags = await self.list(timeout=timeout)
            if is_done(tags):
                return None
            what = f"{unknown.what}; the tags do not show it yet"
            raise OutcomeUnknown(what, advice=unknown.advice) from unknown.__cause__
