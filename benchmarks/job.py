"""What one run has to do, as it travels from the suite to the process of the run."""

from __future__ import annotations

from math import ceil

from attrs import frozen

CONCURRENCY = 16
PATH = "/v2/api/customers/"
TIMEOUT = 30.0


@frozen(kw_only=True)
class Job:
    """A fetch of the whole list. What only some can make use of is left alone by the others."""

    contestant: str
    url: str
    warm_up_url: str
    token: str
    customers: int
    """For the check of the result; no contestant looks at it."""
    page_size: int
    streamed: bool = False
    quota: int | None = None
    """Requests that the server allows in `quota_seconds`; None: any number."""
    quota_seconds: float = 0.0
    expected_total: int | None = None
    hedge_after: float | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that the API asks for."""
        return {"Explo-Authorization": f"Token {self.token}", "Accept": "application/json"}

    def params(self, page: int) -> dict[str, int]:
        """Return the query of one page."""
        return {"page": page, "page_size": self.page_size}

    def later_pages(self, total_count: int) -> range:
        """Return the numbers of the pages after the first one."""
        return range(2, ceil(total_count / self.page_size) + 1)
