"""Every error the package raises, under one root, split by what the caller does next.

Each message says what happened, on which page, after how many attempts and what to do; none ever holds a token. No
aiohttp exception is among the causes: their `repr` shows the request's headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.models import Customer, FetchReport
    from explo_async.progress import FetchStats


class ExploError(Exception):
    """The root of every error of this package.

    `what` is the fact, `advice` what to do about it, `page` the page number concerned, `attempts` how often
    it was tried. An error that ends a listing also carries what was there by then: `customers` (each once,
    in listing order; for a stream those not yet delivered), `missing_pages` and `stats`.
    """

    args: tuple[Any, ...]

    def __init__(
        self, what: str, *, advice: str | None = None, page: int | None = None, attempts: int | None = None
    ) -> None:
        super().__init__(what)
        self.advice = advice
        self.page = page
        self.attempts = attempts
        self.customers: Sequence[Customer] = ()
        self.missing_pages: tuple[int, ...] = ()
        self.stats: FetchStats | None = None

    @property
    def what(self) -> str:
        """The fact: the one of `args`."""
        what: str = self.args[0]
        return what

    @what.setter
    def what(self, what: str) -> None:
        self.args = (what,)

    def __str__(self) -> str:
        where = f"page {self.page}: " if self.page is not None else ""
        tries = f" (after {self.attempts} attempts)" if self.attempts is not None and self.attempts > 1 else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{where}{self.what}{tries}{advice}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[ExploError], args: tuple[Any, ...], state: dict[str, Any]) -> ExploError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(ExploError, ValueError):
    """An argument or a setting cannot work; raised before any request is sent."""


class ClientClosed(ExploError):
    """The client, or the stream, was closed before or while it was used, or belongs to another loop or process."""


class DeadlineExceeded(ExploError):
    """The `timeout=` of the call ran out."""


class QuotaUnavailable(ExploError):
    """The store of a `SharedQuota` cannot be used: nothing is sent without knowing what others have sent."""


class TransportError(ExploError):
    """No whole answer came: refused, reset, cut off, or not HTTP. `retryable` is False where a repeat cannot help.

    `sent` is False where the request cannot have reached the server.
    """

    def __init__(self, what: str, *, retryable: bool = True, sent: bool = True, **context: Any) -> None:
        super().__init__(what, **context)
        self.retryable = retryable
        self.sent = sent


class RequestTimeout(TransportError):
    """The whole answer did not arrive within `request_timeout`."""


class RedirectRefused(TransportError):
    """The server answered with a redirect; following it could hand the token to another origin."""

    def __init__(self, what: str, **context: Any) -> None:
        super().__init__(what, retryable=False, **context)


class ResponseTooLarge(TransportError):
    """The decompressed body is larger than the configured limit."""

    def __init__(self, what: str, **context: Any) -> None:
        super().__init__(what, retryable=False, **context)


class APIError(ExploError):
    """The server answered with an error: `status`, and `detail` as the server worded it (None when it gave none).

    `retry_after`: seconds until the server wants to be asked again, None when it did not say. The status is 200 where
    the server ignores a filter, so that its answer is one to another request.
    """

    def __init__(
        self, what: str, *, status: int, detail: str | None = None, retry_after: float | None = None, **context: Any
    ) -> None:
        super().__init__(what, **context)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class AuthenticationError(APIError):
    """401: the token is missing, mistyped or revoked."""


class PermissionDenied(APIError):
    """403: the token may not do this."""


class NotFound(APIError):
    """404: there is no such address on this server."""


class RateLimited(APIError):
    """429 that will not be waited for: the wait is longer than `max_retry_after`, or than the call's timeout."""


class ServerError(APIError):
    """5xx: the server failed, also after repeats."""


class OutcomeUnknown(ExploError):
    """A change was sent that must not be sent twice, and neither an answer nor a look tells whether it was done.

    `found` is the customer as it was read back, None where there was none or it could not be read.
    """

    def __init__(self, what: str, *, found: Customer | None = None, **context: Any) -> None:
        super().__init__(what, **context)
        self.found = found


class HasChildren(ExploError):
    """A customer is not deleted, since others have it as their parent: `children` of them."""

    def __init__(self, what: str, *, children: int, **context: Any) -> None:
        super().__init__(what, **context)
        self.children = children


class PlanRefused(ExploError):
    """A plan will not be made or applied: it does more than is allowed, or cannot be trusted. Nothing was written."""


class PlanStale(PlanRefused):
    """A plan is too old, was applied already, or is for another account or address. Nothing was written."""


class WatchStateError(ExploError):
    """The state of a watch cannot be read or written, is in use, or is of another list: `file` is its path."""

    def __init__(self, what: str, *, file: str, **context: Any) -> None:
        super().__init__(what, **context)
        self.file = file


class DecodeError(ExploError):
    """The answer is not what the API documents: `row` (from 0) and `path` say where, `provided_id` whose.

    `malformed` is True when the body is not one whole JSON document (cut off, or not JSON at all).
    """

    def __init__(
        self,
        what: str,
        *,
        row: int | None = None,
        provided_id: str | None = None,
        path: str | None = None,
        malformed: bool = False,
        **context: Any,
    ) -> None:
        super().__init__(what, **context)
        self.row = row
        self.provided_id = provided_id
        self.path = path
        self.malformed = malformed


class ListingChanged(ExploError):
    """The list changed faster than it could be read completely, or its answers contradict each other.

    The message says which condition failed, and which mode would help. `report` says what was seen; `customers` holds
    every customer that was found (of a stream those not given before). Deleting by that list is not safe.
    """

    def __init__(self, what: str, *, report: FetchReport, **context: Any) -> None:
        super().__init__(what, **context)
        self.report = report


class ExportError(ExploError):
    """A file of customers cannot be read, written or resumed: `file` is its path as it was given."""

    def __init__(self, what: str, *, file: str, **context: Any) -> None:
        super().__init__(what, **context)
        self.file = file


class SnapshotError(ExportError):
    """A snapshot cannot be written, or is not what its certificate says: `file` is the address of what is wrong."""


class MirrorError(ExploError):
    """A database, at the address `database`, cannot hold the mirror, or another run was first; nothing was changed."""

    def __init__(self, what: str, *, database: str, **context: Any) -> None:
        super().__init__(what, **context)
        self.database = database


class RemovalsHeld(ExploError):
    """A list would remove `removals` of `of` customers, more than may be without being asked; nothing was changed.

    `report` says what was proved of the list.
    """

    def __init__(self, what: str, *, removals: int, of: int, report: FetchReport, **context: Any) -> None:
        super().__init__(what, **context)
        self.removals = removals
        self.of = of
        self.report = report
