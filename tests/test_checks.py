"""Checks of arguments: what passes, and the words for what does not."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.checks import MOST_SECONDS, MOST_THINGS, check_choice, check_count, check_filter, check_seconds
from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

NO_COUNT = "n must be an int of at least 1, not "
NO_SECONDS = "s must be a number of seconds above 0, not "
NO_CHOICE = "c must be one of 'a', 'b', not "
NO_FILTER = "f must be a non-empty string or None, not "


def count(value: object) -> None:
    check_count("n", value)


def seconds(value: object) -> None:
    check_seconds("s", value)


def choice(value: object) -> None:
    check_choice("c", value, ["a", "b"])


def text(value: object) -> None:
    check_filter("f", value)


BAD: list[tuple[Callable[[object], None], str, list[Any]]] = [
    (count, NO_COUNT, [0, -1, True, 1.0, "1", None]),
    (seconds, NO_SECONDS, [0, 0.0, -1, -0.1, inf, nan, True, "1", None]),
    (choice, NO_CHOICE, ["", "A", None, 1]),
    (text, NO_FILTER, ["", 1, b"x", False]),
]


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [pytest.param(check, value, message, id=f"{message[0]} {value!r}") for check, message, bad in BAD for value in bad],
)
def test_a_bad_argument(check: Callable[[object], None], value: object, message: str) -> None:
    """An argument of a wrong type or range is refused by a message that names it, what it must be, and the value."""
    with pytest.raises(ConfigurationError) as caught:
        check(value)
    assert str(caught.value) == message + repr(value)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        *[(count, value) for value in (1, 2, MOST_THINGS)],
        *[(seconds, value) for value in (0.001, 1, MOST_SECONDS, 10**9)],
        *[(choice, value) for value in ("a", "b")],
        *[(text, value) for value in (None, "a", "a b", "\N{SNOWMAN}")],
    ],
)
def test_a_good_argument(check: Callable[[object], None], value: object) -> None:
    """What is in range passes without a word."""
    check(value)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (count, MOST_THINGS + 1, "n must be an int of at most 1000000000000, not an int of about 12 digits"),
        (count, 10**5000, "n must be an int of at most 1000000000000, not an int of about 5000 digits"),
        (count, -(10**5000), "n must be an int of at least 1, not an int of about 5000 digits"),
        (seconds, MOST_SECONDS * 2, "s must be at most 1000000000 seconds, not 2000000000.0"),
        (seconds, 10**5000, "s must be at most 1000000000 seconds, not an int of about 5000 digits"),
    ],
    ids=["count", "huge", "huge below 0", "seconds", "huge seconds"],
)
def test_more_than_anybody_means(check: Callable[[object], None], value: object, message: str) -> None:
    """Too large a number is refused by its limit, and shown by its length: Python refuses to write some of them out."""
    with pytest.raises(ConfigurationError) as caught:
        check(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(("least", "value"), [(0, 0), (0, 1), (3, 3)])
def test_the_least_count_may_be_another(least: int, value: int) -> None:
    """A count may begin elsewhere than at 1."""
    check_count("n", value, least=least)
    with pytest.raises(ConfigurationError) as caught:
        check_count("n", least - 1, least=least)
    assert str(caught.value) == f"n must be an int of at least {least}, not {least - 1}"


def test_no_seconds_where_they_say_something() -> None:
    """A time of 0 passes where it means something, and nothing below it."""
    check_seconds("s", 0, or_zero=True)
    check_seconds("s", 1.5, or_zero=True)
    for value in (-0.1, None, False):
        with pytest.raises(ConfigurationError) as caught:
            check_seconds("s", value, or_zero=True)
        assert str(caught.value) == f"s must be a number of seconds of at least 0, not {value!r}"


@pytest.mark.parametrize("value", ["\ud800", "a\udfff"], ids=repr)
def test_a_filter_that_cannot_be_sent(value: str) -> None:
    """Characters that UTF-8 does not have are refused, and no cause shows the text."""
    with pytest.raises(ConfigurationError, match=r"^f has characters that cannot be sent$") as caught:
        check_filter("f", value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("letters", "shown"), [(58, repr("x" * 58)), (59, "a str")])
def test_a_long_value(letters: int, shown: str) -> None:
    """A value too long for one line of a message is described by its type."""
    with pytest.raises(ConfigurationError) as caught:
        check_count("n", "x" * letters)
    assert str(caught.value) == NO_COUNT + shown
