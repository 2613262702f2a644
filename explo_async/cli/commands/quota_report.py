"""What `quota` prints: a table for people, an object for machines."""

from __future__ import annotations

import sys
from math import ceil
from typing import TYPE_CHECKING, Any

from attrs import asdict
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from explo_async.cli.progress_bar import MINUTE, format_seconds
from explo_async.cli.terminal import is_terminal
from explo_async.pacing.stores.message import LOST, RESTARTED, STARTED
from explo_async.text import one_line

if TYPE_CHECKING:
    from explo_async.cli.standing import Standing
    from explo_async.cli.stores import StoreLook
    from explo_async.pacing.shared_quota import SharedQuota

MOST_SKEW = 1.0
"""Seconds of a clock's difference that are not worth a word: none is compared with another."""
REASONS = {
    STARTED: "it has just been started, and what was sent before that is not known",
    RESTARTED: "it was restarted, or another server has taken over",
    LOST: "it has lost its memory",
}


def to_json(quota: SharedQuota, origin: str, seen: StoreLook, standing: Standing) -> dict[str, Any]:
    """Return all that is known, by name."""
    found = seen.found
    return {
        "store": quota.label,
        "kind": found.kind,
        "name": quota.name,
        "origin": origin,
        "used_before": found.state is not None,
        **asdict(standing),
        "clock_ahead": seen.clock_ahead,
        "up": found.up,
        "warnings": found.warnings,
    }


def draw(quota: SharedQuota, origin: str, seen: StoreLook, standing: Standing, *, asked: int | None) -> Group:
    """Return the same for people."""
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(style="bold", no_wrap=True)
    lines.add_column(overflow="fold")
    for name, text in _describe(quota, origin, seen, standing, asked):
        lines.add_row(name, Text(one_line(text)))
    for warning in seen.found.warnings:
        lines.add_row("warning", Text(one_line(warning), "yellow"))
    return Group(lines, "", _table(standing)) if standing.processes else Group(lines)


def show(drawn: Group) -> str:
    """Return it as text, as wide as the terminal, or as wide as it is where none breaks it."""
    width = None if is_terminal(sys.stdout) else 1000
    console = Console(width=width, highlight=False)
    with console.capture() as printed:
        console.print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def describe_clock(ahead: float) -> str:
    """Say how the store's clock stands to ours."""
    if abs(ahead) < MOST_SKEW:
        return f"its clock is within {MOST_SKEW:g} s of ours"
    where = "ahead of" if ahead > 0 else "behind"
    return f"its clock is {describe_duration(abs(ahead))} {where} ours, which harms nothing"


def describe_shut(standing: Standing) -> str:
    """Say for how long a quota is shut, and why."""
    why = REASONS.get(standing.shut_why, "it is not known what was sent before")
    return f"for {describe_duration(standing.shut_for)}: {why}"


def _describe(
    quota: SharedQuota, origin: str, seen: StoreLook, standing: Standing, asked: int | None
) -> list[tuple[str, str]]:
    lines = [("quota", f"{standing.requests} requests in {standing.per:g} s, of {origin}")]
    lines.append(("store", f"{quota.label} ({seen.found.kind})"))
    if seen.found.state is None:
        lines.append(("", "nobody has used it yet"))
    used = f"{standing.used} of {standing.requests} in use, {standing.free} free"
    if standing.share < 1:
        used += f"; after repeated 429s all go by {standing.share:.0%} of their limits"
    lines.append(("slots", used))
    lines.append(("in flight", _count(standing.in_flight, "request", "requests")))
    lines.append(("waiting", _count(standing.waiting, "process", "processes") if standing.waiting else "nobody"))
    lines.append(("pause", _describe_pause(standing)))
    if standing.shut_for:
        lines.append(("shut", f"{describe_shut(standing)}; if nobody has been sending, --reset opens it"))
    if standing.lost:
        lines.append(("lost", f"{standing.lost} slots so far, of processes that have not said that they are free"))
    if seen.clock_ahead is not None:
        lines.append(("clock", describe_clock(seen.clock_ahead)))
    lines.append(("next", _describe_next(standing, asked)))
    return lines


def _describe_pause(standing: Standing) -> str:
    if standing.paused_for:
        return f"after a 429, {describe_duration(standing.paused_for)} left"
    if standing.slow_start is not None:
        return f"over; {standing.slow_start} at a time until answers come"
    return "none"


def _describe_next(standing: Standing, asked: int | None) -> str:
    if standing.next_in is None:
        text = "a request may go out when an answer comes"
    else:
        text = f"a request may go out {f'in {describe_duration(standing.next_in)}' if standing.next_in else 'now'}"
    if asked is None or standing.time_for is None:
        return text
    return f"{text}; {asked:,} {'take' if asked > 1 else 'takes'} {describe_duration(standing.time_for)} at least"


def _count(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _table(standing: Standing) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("process", overflow="fold")
    for name in ("since", "in flight", "not ended", "waiting"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in standing.processes:
        counts = (each.in_flight, each.not_ended, each.waiting)
        table.add_row(Text(one_line(each.process)), describe_duration(each.since), *(f"{count:,}" for count in counts))
    return table


def describe_duration(seconds: float) -> str:
    """Write a time for people, rounded up."""
    return f"{ceil(seconds)} s" if seconds <= MINUTE else format_seconds(seconds)
