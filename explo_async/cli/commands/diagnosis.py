"""What `doctor` concludes from what it saw. Decides alone: sends nothing, prints nothing, reads no clock."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

from attrs import define, frozen

from explo_async.endpoint import PAGE_SIZE_NAMES, PATHS, QUOTA_REQUESTS
from explo_async.errors import APIError, AuthenticationError, ExploError, PermissionDenied, RateLimited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yarl import URL

    from explo_async.models import CustomerPage

READ_ROWS = (200, 100)
"""Page sizes of the two requests that show the order: a database may sort ties by how many rows are wanted."""
ASKED_ROWS = 1
"""The page size of the request: a list of two customers shows whether it is honoured."""
MOST_SKEW = 5.0
"""Seconds of a clock's error that harm nothing; a `Date` header is cut to whole ones, and takes its way."""
QUOTA = f"{QUOTA_REQUESTS} requests a minute"
TOO_MANY, SERVER_ERROR = 429, 500
UNKNOWN_PARENT = (400, 404)
"""How a server may refuse the id of a parent that does not exist."""

Mark = Literal["ok", "warning", "failed", "skipped"]


@frozen
class Finding:
    """One line of the report."""

    name: str
    mark: Mark
    text: str
    advice: str | None = None


@frozen(kw_only=True)
class Reply:
    """What matters of an answer's head."""

    status: int
    seconds: float
    """Since the request was sent."""
    date: str | None
    """The `Date` header."""
    arrived: datetime
    """What this machine's clock said then."""


@define
class Exchange:
    """One request on its way, as far as it came."""

    url: URL
    connected: bool = False
    sent_at: float = 0.0
    reply: Reply | None = None


@frozen(kw_only=True)
class Run:
    """All requests of a run in order, and what came of them: a page or an error."""

    token_source: str
    exchanges: Sequence[Exchange]
    outcome: CustomerPage | ExploError
    asked: int = 0
    """How many of the requests led to that outcome; the others read the beginning of the list."""
    childless: int | ExploError | None = None
    """How many customers a parent has that does not exist, or what was said of it; None if that was not asked."""
    readings: Sequence[CustomerPage] = ()
    """The beginning of the list, read in pages of two sizes; empty where there is no order to look at."""

    @property
    def replies(self) -> Sequence[Reply]:
        """The answers that came, whatever they were."""
        return [exchange.reply for exchange in self.exchanges if exchange.reply is not None]


def failed(name: str, error: ExploError, advice: str | None = None) -> Finding:
    """Make a finding of an error."""
    return Finding(name, "failed", error.what, advice or error.advice)


def skip_all() -> list[Finding]:
    """List the checks that cannot be made without a token and an address."""
    names = ("reachability", "answer", "dialect", "order", "filters", "clock", "quota")
    return [Finding(name, "skipped", "needs a token and an address") for name in names]


def diagnose(run: Run) -> list[Finding]:
    """Conclude what there is to conclude, in the order in which one thing depends on the other."""
    return [_reachability(run), _answer(run), _dialect(run), _order(run), _filters(run), _clock(run), _quota(run)]


def _reachability(run: Run) -> Finding:
    if run.replies:
        lost = len(run.exchanges) - len(run.replies)
        text = f"{run.exchanges[0].url.origin()} answered in {1000 * run.replies[-1].seconds:,.0f} ms"
        if not lost:
            return Finding("reachability", "ok", text)
        again = f"{text}, but not {lost} of {len(run.exchanges)} requests"
        return Finding("reachability", "warning", again, "look at the network or the proxy in between")
    assert isinstance(run.outcome, ExploError)  # noqa: S101 -- for the type checker: a page is an answer
    connected = any(exchange.connected for exchange in run.exchanges)
    text = f"{'connected, but ' if connected else ''}{run.outcome.what}"
    advice = "check that this is Explo's address, and try again later" if connected else run.outcome.advice
    return Finding("reachability", "failed", text, advice)


def _answer(run: Run) -> Finding:
    outcome = run.outcome
    if not run.replies:
        return Finding("answer", "skipped", "needs a server that answers")
    return _refusal(run, outcome) if isinstance(outcome, ExploError) else _content(run, outcome)


def _refusal(run: Run, error: ExploError) -> Finding:
    match error:
        case RateLimited():
            return Finding("answer", "skipped", "the quota let no request through, see below")
        case AuthenticationError():
            advice = f"the token in {run.token_source} is mistyped or revoked: copy it again from Explo's settings"
            return failed("answer", error, advice)
        case PermissionDenied():
            advice = "the server knows the token, but it may not list customers: use one of a group that sees them"
            return failed("answer", error, advice)
        case _:
            return failed("answer", error)


def _content(run: Run, page: CustomerPage) -> Finding:
    rows, total = len(page.customers), page.total_count
    if total and not rows:
        text = f"page 1 is empty, although total_count is {total:,}"
        return Finding("answer", "failed", text, "report it to Explo: such a list cannot be read")
    if not total:
        advice = "if there should be some, use a token of a group that sees them"
        return Finding("answer", "warning", "token accepted, but it sees no customers", advice)
    text = f"token accepted, {total:,} customer{'s' if total > 1 else ''}"
    refused = [str(reply.status) for reply in run.replies if reply.status >= SERVER_ERROR]
    if refused:
        return Finding("answer", "warning", f"{text}, after an answer of {', '.join(refused)}", "try again later")
    return Finding("answer", "ok", text)


def _dialect(run: Run) -> Finding:
    page = run.outcome
    if isinstance(page, ExploError) or not page.customers:
        return Finding("dialect", "skipped", "needs an answer with customers")
    asked = run.exchanges[run.asked - 1].url
    path = f"{'current' if asked.path.endswith(PATHS[0]) else 'earlier'} documented path {asked.path}"
    rows = len(page.customers)
    if rows >= page.total_count:
        return Finding("dialect", "ok", f"{path}; the whole list came at once, so the page size does not matter")
    name = next(name for name in PAGE_SIZE_NAMES if name in asked.query)
    if rows > ASKED_ROWS:
        text = f"{path}; page size ignored: {rows:,} customers came, not {ASKED_ROWS}"
        advice = f"the whole list takes {-(-page.total_count // rows):,} requests; ask Explo if that is too slow"
        return Finding("dialect", "warning", text, advice)
    other = f", {PAGE_SIZE_NAMES[0]} ignored" if name != PAGE_SIZE_NAMES[0] else ""
    return Finding("dialect", "ok", f"{path}; {name} honoured{other}")


def _order(run: Run) -> Finding:
    if not run.readings:
        return Finding("order", "skipped", "needs an answer with two customers")
    one, other = run.readings
    if one.total_count != other.total_count:
        return Finding("order", "skipped", "the list changed while it was read")
    ids = [[customer.provided_id for customer in page.customers] for page in (one, other)]
    common = min(map(len, ids))
    if common <= 1:
        return Finding("order", "skipped", "needs an answer with two customers")
    if ids[0][:common] == ids[1][:common]:
        return Finding("order", "ok", f"the first {common:,} customers came twice in the same order")
    advice = "lists are proved by counts alone here, which takes longer; delete by none that is not exact"
    return Finding("order", "warning", f"the first {common:,} customers came twice, in another order each time", advice)


def _filters(run: Run) -> Finding:
    match run.childless:
        case 0:
            return Finding("filters", "ok", "a parent that does not exist has no customers")
        case int(found):
            text = f"parent_provided_id ignored: a parent that does not exist has {found:,} customers"
            advice = "ask for no parent's customers here, all would come; report it to Explo"
            return Finding("filters", "warning", text, advice)
        case APIError(status=status) if status in UNKNOWN_PARENT:
            return Finding("filters", "ok", f"a parent that does not exist is refused with {status}")
        case ExploError() as error:
            return Finding("filters", "skipped", error.what)
        case _:
            return Finding("filters", "skipped", "needs an answer with customers")


def _clock(run: Run) -> Finding:
    if not run.replies:
        return Finding("clock", "skipped", "needs an answer")
    last = run.replies[-1]
    date = _parse_date(last.date)
    if date is None:
        return Finding("clock", "skipped", "the answer has no Date header that can be read")
    skew = (last.arrived - date).total_seconds()
    if abs(skew) <= MOST_SKEW:
        return Finding("clock", "ok", f"within {MOST_SKEW:g} s of the server's")
    text = f"this machine's clock is {abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} the server's"
    advice = "set it by NTP: certificates are checked by it, and a Retry-After date where the answer has no Date"
    return Finding("clock", "warning", text, advice)


def _parse_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _quota(run: Run) -> Finding:
    if not run.replies:
        return Finding("quota", "skipped", "needs an answer")
    refused = sum(reply.status == TOO_MANY for reply in run.replies)
    sent = len(run.exchanges)
    requests = f"{sent} request{'s' if sent > 1 else ''}"
    if not refused:
        return Finding("quota", "ok", f"no 429 in {requests}; {QUOTA} are for everything behind this address")
    text = f"{refused} of {requests} answered 429: others behind this address use up its {QUOTA}"
    if not isinstance(run.outcome, RateLimited):
        return Finding("quota", "warning", text, "let fewer of them run at a time")
    wait = run.outcome.retry_after
    when = "in a minute" if wait is None else f"in {wait:,.0f} s"
    return Finding("quota", "failed", text, f"try again {when}")
