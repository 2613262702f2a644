"""The table of docs/what-can-go-wrong.md, made from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.promises.catalogue.case import Case

BEGIN = "<!-- made by tests/promises/catalogue_table.py: what can go wrong -->\n"
END = "<!-- end of what can go wrong -->\n"


def write_table(cases: Iterable[Case]) -> str:
    """Write one row for all that goes wrong in a group and ends alike, in the catalogue's order."""
    gets: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        gets.setdefault((case.group, case.what), []).append(case)
    rows: dict[tuple[str, str], list[str]] = {}
    for (group, what), members in gets.items():
        rows.setdefault((group, write_outcome(members)), []).append(what)
    lines = ["| | what goes wrong | what you get |", "|---|---|---|"]
    shown = ""
    for (group, get), whats in rows.items():
        lines.append(f"| {'' if group == shown else group} | {'; '.join(whats)} | {get} |")
        shown = group
    return "\n".join(lines) + "\n"


def write_outcome(cases: Iterable[Case]) -> str:
    """Say what cases of one fault end in: when it passes, and when it lasts."""
    passing, lasting = (
        [*dict.fromkeys(c.outcome.phrase for c in cases if c.lasts is lasts)] for lasts in (False, True)
    )
    return "; ".join([*passing, *(["if it lasts, " + " or ".join(lasting)] if lasting else [])])


def put_table(page: str, cases: Iterable[Case]) -> str:
    """Put the table between its two marks."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    assert found, f"the page has no line {BEGIN!r}"
    assert ended, f"the page has no line {END!r}"
    return before + BEGIN + "\n" + write_table(cases) + "\n" + END + after
