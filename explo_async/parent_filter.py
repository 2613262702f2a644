"""Whether a server knows the filter for a parent: one that ignores it gives everybody to each parent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from explo_async.errors import APIError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def count_of_nobody(count: Callable[[str], Awaitable[int]]) -> int:
    """Return how many children a server gives to a parent that is made up; `count` counts those of a parent.

    None is the right answer, and so is a refusal: a server that refuses a parent that does not exist knows the filter.
    """
    try:
        return await count(str(uuid4()))
    except APIError:
        return 0
