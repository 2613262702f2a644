"""Foreign text made fit to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.text import one_line, shorten


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \r\n\t", ""),
        ("all is well", "all is well"),
        ("  two \n\n lines\t ", "two lines"),
        ("red \x1b[31mtext", "red [31mtext"),
        ("bell\x07, NUL\0", "bell , NUL"),
        ("turned \u202eround", "turned round"),
        ("no\u00a0break, thin\u2009space", "no break, thin space"),
        ("half\ud800", "half"),
        ("Kraków 東京 \U0001f600", "Kraków 東京 \U0001f600"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    """Spaces stand for line ends and for what could move the cursor, one for any number of them, and none at the ends."""
    assert one_line(text) == line


@given(st.text())
def test_any_text_is_one_line(text: str) -> None:
    """Whatever comes, the line can be printed, and made again it stays as it is."""
    line = one_line(text)
    assert line.isprintable()
    assert line == line.strip()
    assert "  " not in line
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("", 3, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, "..."),
        ("abcdefgh", 8, "abcdefgh"),
        ("abcdefghi", 8, "abcde..."),
        ("abcdefghi", 4, "a..."),
    ],
)
def test_shorten(text: str, limit: int, short: str) -> None:
    """A text that is longer than the limit is cut to it, three dots at its end included."""
    assert shorten(text, limit) == short


@given(st.text(), st.integers(3, 20))
def test_no_short_text_is_longer_than_its_limit(text: str, limit: int) -> None:
    """What fits stays as it is."""
    short = shorten(text, limit)
    assert len(short) == min(len(text), limit)
    assert len(text) > limit or short == text
