"""What the Retry-After header and a throttle message are worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from explo_async.wire.retry_after import parse_retry_after, parse_throttle_message

NOW = datetime(2031, 5, 20, 12, 0, tzinfo=UTC)


def http_date(seconds: float) -> str:
    """Write the moment so many seconds from NOW as an HTTP date."""
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("values", "wait"),
    [
        pytest.param([], None, id="absent"),
        pytest.param(["1"], 1, id="seconds"),
        pytest.param(["0"], 0, id="zero"),
        pytest.param([" 42\t"], 42, id="padded"),
        pytest.param(["007"], 7, id="leading zeros"),
        pytest.param(["86400"], 86400, id="a day"),
        pytest.param(["1000000000"], 10**9, id="10^9"),
        pytest.param(["9999999999"], 9999999999, id="ten digits"),
        pytest.param(["10000000000"], inf, id="eleven digits"),
        pytest.param(["9" * 5000], inf, id="5000 digits"),
        pytest.param(["-5"], None, id="negative"),
        pytest.param(["+5"], None, id="plus"),
        pytest.param(["1.5"], None, id="fraction"),
        pytest.param(["1e3"], None, id="exponent"),
        pytest.param(["0x10"], None, id="hexadecimal"),
        pytest.param(["1_000"], None, id="underscore"),
        pytest.param(["nan"], None, id="nan"),
        pytest.param(["inf"], None, id="inf"),
        pytest.param([""], None, id="empty"),
        pytest.param([" "], None, id="blank"),
        pytest.param(["soon"], None, id="garbage"),
        pytest.param(["\N{FULLWIDTH DIGIT FIVE}"], None, id="fullwidth digit"),
        pytest.param(["\N{ARABIC-INDIC DIGIT FIVE}"], None, id="arabic digit"),
        pytest.param(["\N{SUPERSCRIPT TWO}"], None, id="superscript"),
        pytest.param(["5\n6"], None, id="two lines"),
        pytest.param(["5, 6"], None, id="joined"),
        pytest.param(["5", "60"], 60, id="twice, the longer last"),
        pytest.param(["60", "5"], 60, id="twice, the longer first"),
        pytest.param(["nan", "5"], 5, id="twice, the first senseless"),
        pytest.param(["5", "nan"], 5, id="twice, the second senseless"),
        pytest.param(["nan", "soon"], None, id="twice, both senseless"),
        pytest.param([http_date(90)], 90, id="date ahead"),
        pytest.param([http_date(3600)], 3600, id="date an hour ahead"),
        pytest.param([http_date(0)], 0, id="date of now"),
        pytest.param([http_date(-1)], 0, id="date in the past"),
        pytest.param(["Thu, 01 Jan 1970 00:00:00 GMT"], 0, id="date long past"),
        pytest.param(["Tuesday, 20-May-31 12:00:30 GMT"], 30, id="date of RFC 850"),
        pytest.param(["Tue May 20 12:00:30 2031"], 30, id="date of asctime"),
        pytest.param(["Tue, 20 May 2031 14:00:30 +0200"], 30, id="date with an offset"),
        pytest.param(["Tue, 20 May 2031 12:00:30 -0000"], 30, id="date of an unknown zone"),
        pytest.param(["Tue, 99 May 2031 12:00:30 GMT"], None, id="no such date"),
        pytest.param(["Tue, 20 May 2031 12:00:30 +9999"], None, id="no such offset"),
        pytest.param(["Tue, 20 May 99999999999999999999 12:00:30 GMT"], None, id="no such year"),
        pytest.param(["2031-05-20T12:00:30Z"], None, id="ISO date"),
        pytest.param(["10", http_date(90)], 90, id="seconds and a date"),
    ],
)
def test_header(values: list[str], wait: float | None) -> None:
    """Whole seconds and HTTP dates are understood, the longest counts, and anything else is as good as absent."""
    assert parse_retry_after(values, date=None, now=NOW) == wait


@pytest.mark.parametrize(
    ("date", "wait"),
    [
        pytest.param(http_date(0), 90, id="same clock"),
        pytest.param(http_date(-3600), 3690, id="server behind"),
        pytest.param(http_date(60), 30, id="server ahead"),
        pytest.param(http_date(3600), 0, id="dated after its own wait"),
        pytest.param(None, 90, id="no date"),
        pytest.param("", 90, id="empty date"),
        pytest.param("yesterday", 90, id="senseless date"),
    ],
)
def test_date_counts_from_the_answers_own(date: str | None, wait: float) -> None:
    """A date counts from the answer's own Date, so that a wrong clock does no harm, and from now without a good one."""
    assert parse_retry_after([http_date(90)], date=date, now=NOW) == wait


@pytest.mark.parametrize("skew", [-(10**7), -3600, 0, 3600, 10**7])
def test_skewed_clocks(skew: int) -> None:
    """However wrong the server's clock is, a date 90 s ahead of it means 90 s; seconds need no clock."""
    assert parse_retry_after([http_date(skew + 90)], date=http_date(skew), now=NOW) == 90
    assert parse_retry_after(["7"], date=http_date(skew), now=NOW) == 7


date_like = st.text(st.sampled_from('0123456789 ,:-+/()[]"\\.@;<>\tMonTueJanFebGMTUTCESTAMPM'), max_size=60)
moments = st.datetimes(timezones=st.timezones() | st.just(UTC)).map(format_datetime)


@given(st.lists(st.text() | date_like | moments, max_size=3), st.none() | st.text() | date_like | moments)
@example(["Mon, 01 Jan 0001 00:00:00 +2359"], "Fri, 31 Dec 9999 23:59:59 -2359")
@example(["(" * 5000], "(" * 5000)
def test_never_raises(values: list[str], date: str | None) -> None:
    """Whatever the headers hold, the wait is a number of at least 0, or none."""
    wait = parse_retry_after(values, date=date, now=NOW)
    assert wait is None or wait >= 0


@given(st.integers(0, 9999999999))
def test_any_seconds(seconds: int) -> None:
    """Any number of seconds of up to ten digits is what it says."""
    assert parse_retry_after([str(seconds)], date=None, now=NOW) == seconds


@pytest.mark.parametrize(
    ("detail", "wait"),
    [
        ("Request was throttled. Expected available in 42 seconds.", 42),
        ("Request was throttled. Expected available in 1 second.", 1),
        ("Expected available in 0 seconds.", 0),
        ("Expected available in 9999999999 seconds.", 9999999999),
        ("Expected available in 10000000000 seconds.", None),
        ("Expected available in -5 seconds.", None),
        ("Expected available in nan seconds.", None),
        ("Expected available in \N{FULLWIDTH DIGIT FIVE} seconds.", None),
        ("Expected available in 42 minutes.", None),
        ("Request was throttled.", None),
        ("", None),
        (None, None),
    ],
)
def test_throttle_message(detail: str | None, wait: float | None) -> None:
    """The seconds are taken from Django REST framework's wording, and from no other."""
    assert parse_throttle_message(detail) == wait


@given(st.text())
def test_throttle_message_never_raises(detail: str) -> None:
    """Any text is read without an error."""
    assert parse_throttle_message(detail) is None or "available in" in detail
