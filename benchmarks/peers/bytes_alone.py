"""Takes the bytes of every page over sixteen bare connections and decodes nothing: how fast the server can be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from job import CONCURRENCY, PATH
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from job import Job
    from measure import Meter


async def stream(job: Job, meter: Meter) -> int:
    """Return the rows of page 1 times the pages: the bodies are not looked into."""
    with meter:
        opening = await _work(job, iter([1]))
        pages = job.later_pages(msgspec.json.decode(opening)["total_count"])
        todo = iter(pages)
        await asyncio.gather(*(_work(job, todo) for _ in range(CONCURRENCY)))
    return (1 + len(pages)) * job.page_size


async def _work(job: Job, todo: Iterator[int]) -> bytes:
    url = URL(job.url)
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=2**20)
    lines = "".join(f"\r\n{name}: {value}" for name, value in job.headers.items())
    body = b""
    for page in todo:
        query = URL(PATH).with_query(job.params(page))
        writer.write(f"GET {query} HTTP/1.1\r\nHost: {url.host}:{url.port}{lines}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
    writer.close()
    await writer.wait_closed()
    return body
