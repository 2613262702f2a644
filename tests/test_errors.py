"""The exceptions: one root, one form of message, attributes that survive pickling and copying, no secrets."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

import explo_async
from explo_async import errors
from explo_async.errors import (
    APIError,
    AuthenticationError,
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    DecodeError,
    ExploError,
    ExportError,
    HasChildren,
    ListingChanged,
    MirrorError,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    PlanRefused,
    PlanStale,
    QuotaUnavailable,
    RateLimited,
    RedirectRefused,
    RemovalsHeld,
    RequestTimeout,
    ResponseTooLarge,
    ServerError,
    SnapshotError,
    TransportError,
    WatchStateError,
)
from explo_async.models import Customer, CustomerList, FetchReport, InvalidRecord
from explo_async.progress import FetchStats

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT = FetchReport(
    verdict="incomplete",
    total_count=3,
    totals_seen=(2, 3),
    customers=1,
    duplicates=0,
    pages_asked_again=(2,),
    invalid=(InvalidRecord(page=1, row=0, provided_id="a", path="name", reason="is a number"),),
)
SAMPLES = [
    ExploError("what", advice="advice", page=7, attempts=3),
    ConfigurationError("what"),
    ClientClosed("what"),
    ExportError("what", file="customers.csv", advice="advice"),
    SnapshotError("what", file="run=20261126T161500Z-1f3a/part-00000.parquet", advice="advice"),
    MirrorError("what", database="sqlite:///tenants.db", advice="advice"),
    RemovalsHeld("what", removals=60, of=1000, report=REPORT, advice="advice"),
    DeadlineExceeded("what"),
    QuotaUnavailable("what", advice="advice"),
    TransportError("what", retryable=False, sent=False, page=7),
    RequestTimeout("what", advice="advice"),
    RedirectRefused("what", page=7),
    ResponseTooLarge("what", page=7),
    APIError("what", status=400, detail="no", retry_after=1.5, page=7, attempts=2, advice="advice"),
    AuthenticationError("what", status=401),
    PermissionDenied("what", status=403),
    NotFound("what", status=404),
    RateLimited("what", status=429, retry_after=60),
    ServerError("what", status=503),
    DecodeError("what", row=3, provided_id="a", path="emails[2]", malformed=True, page=7),
    ListingChanged("what", report=REPORT, advice="advice"),
    OutcomeUnknown("what", found=Customer(provided_id="a", token="s3cr3t")),
    HasChildren("what", children=2),
    PlanRefused("what"),
    PlanStale("what", advice="advice"),
    WatchStateError("what", file="watch.sqlite", advice="advice"),
]
BASES = {
    ConfigurationError: (ExploError, ValueError),
    TransportError: (ExploError,),
    RequestTimeout: (TransportError,),
    RedirectRefused: (TransportError,),
    ResponseTooLarge: (TransportError,),
    APIError: (ExploError,),
    AuthenticationError: (APIError,),
    PermissionDenied: (APIError,),
    NotFound: (APIError,),
    RateLimited: (APIError,),
    ServerError: (APIError,),
    DecodeError: (ExploError,),
    ListingChanged: (ExploError,),
    ExportError: (ExploError,),
    SnapshotError: (ExportError,),
    MirrorError: (ExploError,),
    RemovalsHeld: (ExploError,),
    ClientClosed: (ExploError,),
    DeadlineExceeded: (ExploError,),
    QuotaUnavailable: (ExploError,),
    OutcomeUnknown: (ExploError,),
    HasChildren: (ExploError,),
    PlanRefused: (ExploError,),
    PlanStale: (PlanRefused,),
    WatchStateError: (ExploError,),
}


def test_one_root() -> None:
    """Every exception of the package stands where the design puts it, below one root, and is exported."""
    found = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BaseException)}
    assert {kind: kind.__bases__ for kind in found} == {**BASES, ExploError: (Exception,)}
    names = [getattr(explo_async, name) for name in explo_async.__all__]
    exported = {kind for kind in names if isinstance(kind, type) and issubclass(kind, Exception)}
    assert exported == found == {type(sample) for sample in SAMPLES}


@pytest.mark.parametrize(
    ("page", "attempts", "advice", "message"),
    [
        (None, None, None, "it broke"),
        (3, None, None, "page 3: it broke"),
        (None, 1, None, "it broke"),
        (None, 2, None, "it broke (after 2 attempts)"),
        (None, None, "mend it", "it broke; mend it"),
        (3, 6, "mend it", "page 3: it broke (after 6 attempts); mend it"),
    ],
)
def test_message(page: int | None, attempts: int | None, advice: str | None, message: str) -> None:
    """A message says on which page, what happened, after how many attempts, and what to do."""
    assert str(ExploError("it broke", page=page, attempts=attempts, advice=advice)) == message


def test_message_follows_the_attributes() -> None:
    """What is learnt later about an error shows in its message."""
    error = ServerError("it broke", status=503, page=3)
    error.attempts = 6
    error.what += " (no attempts left)"
    assert str(error) == "page 3: it broke (no attempts left) (after 6 attempts)"
    for each in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert each.args == (each.what,) == ("it broke (no attempts left)",)
        assert str(each) == str(error)


def test_attributes() -> None:
    """Each class has its facts as attributes, and none of a listing until it ended one."""
    error = ExploError("what")
    assert vars(error) == {
        "advice": None,
        "page": None,
        "attempts": None,
        "customers": (),
        "missing_pages": (),
        "stats": None,
    }
    own = [
        {key: value for key, value in vars(sample).items() if key not in vars(error)}
        for sample in (TransportError(""), APIError("", status=400), DecodeError(""), ListingChanged("", report=REPORT))
    ]
    assert own == [
        {"retryable": True, "sent": True},
        {"status": 400, "detail": None, "retry_after": None},
        {"row": None, "provided_id": None, "path": None, "malformed": False},
        {"report": REPORT},
    ]


def test_retryable() -> None:
    """A transport error is worth a repeat unless it says otherwise; a redirect and a body too large never are."""
    kinds = (TransportError, RequestTimeout, RedirectRefused, ResponseTooLarge)
    assert [kind("what").retryable for kind in kinds] == [True, True, False, False]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *[lambda error, n=n: pickle.loads(pickle.dumps(error, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)],
    ],
    ids=["copy", "deepcopy", *[f"pickle {n}" for n in range(pickle.HIGHEST_PROTOCOL + 1)]],
)
def test_duplicates(sample: ExploError, duplicate: Callable[[ExploError], ExploError]) -> None:
    """A copied or pickled error keeps its class, message, arguments, notes and every attribute."""
    error = duplicate(sample)
    error.customers = CustomerList([Customer(provided_id="a", token="s3cr3t", emails=("a@b",))], REPORT)
    error.missing_pages = (2, 3)
    error.stats = FetchStats(requests=9)
    error.add_note("a note")
    again = duplicate(error)
    assert again is not error
    assert (type(again), str(again), repr(again), again.args) == (type(sample), str(sample), repr(sample), ("what",))
    assert vars(again) == vars(error)
    assert isinstance(again.customers, CustomerList)
    assert again.customers.report == REPORT


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_no_token(sample: ExploError) -> None:
    """Neither text nor repr of an error shows the tokens of the customers that it carries."""
    error = copy.copy(sample)
    error.customers = (Customer(provided_id="a", token="s3cr3t"),)
    error.stats = FetchStats()
    assert "s3cr3t" not in f"{error} {error!r} {error.args} {error.customers}"


def test_reports_differ() -> None:
    """The comparison that these tests rest on sees a difference in a report."""
    assert evolve(REPORT, customers=2) != REPORT
