"""dlt's RESTClient: no event loop, one page after the other, its own repeats; the 404 past the end ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from job import PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from job import Job
    from measure import Meter


def keep(job: Job, meter: Meter) -> list[dict[str, Any]]:
    """Keep the list."""
    client = _client(job)
    with meter:
        return [customer for page in _pages(client, job) for customer in page]


def stream(job: Job, meter: Meter) -> int:
    """Go through the customers."""
    client = _client(job)
    count = 0
    with meter:
        for page in _pages(client, job):
            for _ in page:
                count += 1
    return count


def _client(job: Job) -> RESTClient:
    return RESTClient(
        base_url=job.url,
        headers=job.headers,
        paginator=PageNumberPaginator(base_page=1, total_path=None),
        data_selector="results.customers",
    )


def _pages(client: RESTClient, job: Job) -> Iterator[list[dict[str, Any]]]:
    pages: Iterator[list[dict[str, Any]]] = client.paginate(
        PATH, params={"page_size": job.page_size}, hooks={"response": [_end_at_404]}
    )
    return pages


def _end_at_404(response: Any, *_: object, **__: object) -> None:
    if response.status_code == 404:
        raise IgnoreResponseException
    response.raise_for_status()
