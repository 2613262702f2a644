"""The results as pictures: time and memory against the number of customers, and the gaps in the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from contestants import EVERYONE, LIMIT, OURS

mpl.use("agg")

from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZES = {"1 000": 1000, "10 000": 10_000, "100 000": 100_000, "1 000 000": 1_000_000}
COLOURS = dict(
    zip(EVERYONE, ("#0b6e4f", "#9a9a9a", "#c1440e", "#e39f3c", "#3d5a98", "#86a3d8", "#8e5aa5"), strict=True)
)
Results = dict[str, Any]


def draw_pictures(results: Results, folder: Path) -> None:
    """Write `time.png`, `gaps.png` and `memory.png`, as far as the results have figures for them."""
    for draw, name in ((draw_time, "time.png"), (draw_gaps, "gaps.png"), (draw_memory, "memory.png")):
        figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
        axes.spines[["top", "right"]].set_visible(False)
        if draw(results, axes):
            figure.savefig(folder / name, dpi=150)
        plt.close(figure)


def draw_time(results: Results, axes: Any) -> bool:
    """Draw wall seconds against the number of customers kept."""
    drawn = [_line(results, axes, who, "kept", lambda figures: figures["wall_seconds"]) for who in EVERYONE]
    axes.set(xscale="log", yscale="log", xlabel="customers", ylabel="seconds", title="Fetching and keeping the list")
    return _finish(axes, drawn=any(drawn))


def draw_memory(results: Results, axes: Any) -> bool:
    """Draw the peak memory against the number of customers, kept and streamed."""
    drawn = [_line(results, axes, who, "kept", _megabytes) for who in (OURS, LIMIT, "aiohttp + json")]
    drawn.append(_line(results, axes, OURS, "streamed", _megabytes))
    axes.set(xscale="log", yscale="log", xlabel="customers", ylabel="peak MB of the process", title="Memory")
    return _finish(axes, drawn=any(drawn))


def draw_gaps(results: Results, axes: Any) -> bool:
    """Draw the longest gap of the event loop for each that has one, the largest list that all have."""
    for size in ("100 000", "10 000"):
        bars = {
            f"{who}, {way}": figures["longest_gap_seconds"] * 1e3
            for way in ("streamed", "kept")
            for who in (EVERYONE if way == "kept" else (OURS,))
            if (figures := _figures(results, f"{way}, {size}", who)) and figures["longest_gap_seconds"]
        }
        if len(bars) > 1:
            break
    else:
        return False
    names = list(reversed(bars))
    drawn = axes.barh(
        names, [bars[name] for name in names], color=[COLOURS[name.rpartition(", ")[0]] for name in names]
    )
    axes.bar_label(drawn, fmt="%.0f", padding=3)
    axes.set(xlabel="ms", title=f"Longest gap in the event loop, {size} customers")
    return True


def _megabytes(figures: dict[str, Any]) -> float:
    return float(figures["peak_memory_bytes"] / 1e6)


def _line(results: Results, axes: Any, who: str, way: str, value: Callable[[dict[str, Any]], float]) -> bool:
    found = {number: _figures(results, f"{way}, {size}", who) for size, number in SIZES.items()}
    points = {number: value(figures) for number, figures in found.items() if figures}
    if points:
        style = "--" if way == "streamed" or who == LIMIT else "-"
        label = who if way == "kept" else f"{who}, {way}"
        axes.plot(list(points), list(points.values()), style, marker="o", color=COLOURS[who], label=label)
    return bool(points)


def _figures(results: Results, scenario: str, who: str) -> dict[str, Any] | None:
    entry = results["scenarios"].get(scenario, {}).get("contestants", {}).get(who)
    figures: dict[str, Any] | None = entry["median"] if entry and entry["median"]["complete"] else None
    return figures


def _finish(axes: Any, *, drawn: bool) -> bool:
    if drawn:
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize=8)
    return drawn
