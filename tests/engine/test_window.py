"""How many pages may be under way at once."""

from __future__ import annotations

import pytest

from explo_async.engine.window import LEGS, Window


def room(
    window: Window,
    *,
    out: int = 0,
    decoded: int = 0,
    waiting: int = 0,
    is_starved: bool = False,
    page_bytes: float = 0.0,
) -> bool:
    """Tell whether there is room beside so many requests, pages that are decoded or back off, and pages that wait."""
    return window.has_room(
        out=out, under_way=out + decoded, waiting=waiting, is_starved=is_starved, page_bytes=page_bytes
    )


@pytest.mark.parametrize(
    ("out", "decoded", "free"),
    [(0, 0, True), (3, 0, True), (4, 0, False), (3, 4, True), (3, 5, False), (0, 7, True), (0, 8, False)],
)
def test_a_list_sends_as_many_as_are_allowed_at_once(out: int, decoded: int, *, free: bool) -> None:
    """What is decoded or backs off leaves its place to another request, until there are twice as many in all."""
    for waiting in (0, 1000):
        for is_starved in (False, True):
            assert room(Window(4, None), out=out, decoded=decoded, waiting=waiting, is_starved=is_starved) is free


@pytest.mark.parametrize(
    ("out", "decoded", "waiting", "free"),
    [(0, 0, 0, True), (3, 0, 0, True), (4, 0, 0, False), (2, 1, 0, True), (2, 1, 1, False), (0, 0, 4, False)],
)
def test_a_stream_keeps_so_many_pages(out: int, decoded: int, waiting: int, *, free: bool) -> None:
    """While the consumer is busy, pages on their way and those that wait for him count together."""
    assert room(Window(16, 4), out=out, decoded=decoded, waiting=waiting) is free


@pytest.mark.parametrize(
    ("out", "decoded", "waiting", "free"),
    [(4, 0, 0, True), (11, 0, 0, True), (12, 0, 0, False), (1, 1, 9, True), (1, 1, 10, False)],
)
def test_a_consumer_who_waits_lets_more_go_out(out: int, decoded: int, waiting: int, *, free: bool) -> None:
    """Rows wait for answers after theirs: while he has nothing, as many more may be on each of these two legs."""
    assert LEGS == 3
    assert room(Window(16, 4), out=out, decoded=decoded, waiting=waiting, is_starved=True) is free


@pytest.mark.parametrize(("out", "waiting", "free"), [(3, 5, True), (4, 0, False), (4, 3, False)])
def test_no_wait_sends_more_at_once_than_allowed(out: int, waiting: int, *, free: bool) -> None:
    """With as many requests out as there may be, only the pages that a stream may keep anyhow have room."""
    assert room(Window(4, 4), out=out, waiting=waiting, is_starved=True) is free
    assert room(Window(4, 8), out=4, waiting=3, is_starved=True)
    assert not room(Window(4, 8), out=4, waiting=4, is_starved=True)


@pytest.mark.parametrize(("page_bytes", "most"), [(0.0, 16), (600e3, 16), (2.5e6, 16), (4e6, 10), (16e6, 2), (1e9, 2)])
def test_a_stream_keeps_fewer_large_pages(page_bytes: float, most: int) -> None:
    """So that memory does not grow with the customers; a list keeps them all anyhow."""
    window = Window(16, 16)
    assert room(window, out=most - 1, page_bytes=page_bytes)
    assert not room(window, out=most, page_bytes=page_bytes)
    assert room(Window(16, None), out=15, page_bytes=page_bytes)
