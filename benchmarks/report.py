"""The results as Markdown: a table for each scenario."""

from __future__ import annotations

from typing import Any

from contestants import LIMIT

HEAD = ("", "wall s", "x limit", "CPU s", "x limit", "customers/s", "peak MB", "gap ms", "requests", "429s")


def write_report(results: dict[str, Any]) -> str:
    """Write all tables, and what they rest on above them."""
    facts = results["facts"]
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    runs = f"the median of {facts['runs']} runs" if facts["runs"] > 1 else "that of a single run"
    intro = (
        f"Python {facts['python']}, {facts['system']}, {facts['cores']} cores ({facts['processor']}), {facts['date']}; "
        f"{packages}. Each figure is {runs}, each in a process of its own, taking turns.\n"
    )
    tables = [write_table(name, scenario) for name, scenario in results["scenarios"].items()]
    return "\n".join([intro, *tables, _write_load(results)])


def write_table(name: str, scenario: dict[str, Any]) -> str:
    """Write the table of one scenario."""
    contestants = scenario["contestants"]
    limit = contestants.get(LIMIT, {}).get("median")
    ideal = scenario["ideal_seconds"]
    title = f"### {name}" + (f" (ideal {ideal:.2f} s)" if ideal else "")
    rows = [_write_row(who, entry["median"], limit) for who, entry in contestants.items()]
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *rows)]
    return "\n".join([title, "", *lines, ""])


def _write_row(name: str, figures: dict[str, Any], limit: dict[str, Any] | None) -> tuple[str, ...]:
    gap = figures["longest_gap_seconds"]
    speed = figures["customers_per_second"]
    measured = (
        f"{figures['wall_seconds']:.3f}",
        _ratio("wall_seconds", figures, limit),
        f"{figures['cpu_seconds']:.3f}",
        _ratio("cpu_seconds", figures, limit),
        "" if speed is None else f"{speed:,.0f}",
        f"{figures['peak_memory_bytes'] / 1e6:.0f}",
        "no loop" if gap is None else f"{gap * 1e3:.1f}",
        f"{figures['requests']:.0f}",
        f"{figures['rate_limited']:.0f}",
    )
    if figures["complete"]:
        return (name, *measured)
    why = (figures["failure"] or "rows are missing").partition(":")[0]
    return (f"{name}: **fails** ({why})", *measured)


def _ratio(key: str, figures: dict[str, Any], limit: dict[str, Any] | None) -> str:
    return f"{figures[key] / limit[key]:.2f}" if limit and figures["complete"] and limit["complete"] else ""


def _write_load(results: dict[str, Any]) -> str:
    """Say how busy the server was, to show that it held nobody back."""
    shares = [
        (entry["median"]["server_cpu_seconds"] / entry["median"]["wall_seconds"], who, name)
        for name, scenario in results["scenarios"].items()
        for who, entry in scenario["contestants"].items()
        if who != "bytes alone" and entry["median"]["wall_seconds"] > 0.2
    ]
    if not shares:
        return ""
    share, who, name = max(shares)
    return f"The server used at most {share:.0%} of its core ({who}; {name}).\n"
