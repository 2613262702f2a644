"""Foreign text made fit to be shown: on one line, short, and without what could move a cursor. Pure."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Put a text on one line, without anything that could move the cursor."""
    return " ".join("".join([letter if letter.isprintable() else " " for letter in text]).split())


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most so many characters."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
