"""How a deployment spells things, and what its first page tells about that.

Decides by the rows that came, never by the documentation, which contradicts itself: on docs.explo.co, "List Customers
(v2)", the table of parameters says `page_size` and the curl line beside it `pageSize=2`; earlier versions of that page
had either spelling, and the path `/api/v2/customers/`; where it showed camelCase keys, the filters were camelCase as
well. Values only: which requests are sent is decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from explo_async.endpoint import CAMEL_FILTERS, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PAGE_SIZE_NAMES, PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable


@frozen
class Dialect:
    """How a deployment spells things; a new one is today's documentation."""

    path: str = PATHS[0]
    page_size_name: str | None = PAGE_SIZE_NAMES[0]
    """None once neither spelling works: no size is sent then."""
    has_camel_filters: bool = False
    """Whether the filters are sent in camelCase too: what a server does not know, it ignores."""
    confirmed: bool = False
    """True once the spelling is known to work, or known not to matter any more."""


@frozen(kw_only=True)
class Lesson:
    """What page 1 told."""

    dialect: Dialect
    """What to speak from here on."""
    applied: int | None
    """Rows a page as the server applied it, as far as the page shows it."""
    ask_again: bool = False
    """Page 1 must be asked for once more, in the new dialect."""
    ignored: bool = False
    """Neither spelling of the page size works here: worth a warning, once."""


def query(
    dialect: Dialect, *, page: int, page_size: int, parent_provided_id: str | None, hierarchy_level_name: str | None
) -> dict[str, str]:
    """Spell the query of a page; a filter that is None is not sent."""
    spelled = {"page": str(page)}
    if dialect.page_size_name is not None:
        spelled[dialect.page_size_name] = str(page_size)
    filters = {"parent_provided_id": parent_provided_id, "hierarchy_level_name": hierarchy_level_name}
    for name, value in filters.items():
        if value is None:
            continue
        spelled[name] = value
        if dialect.has_camel_filters:
            spelled[CAMEL_FILTERS[name]] = value
    return spelled


def learn_filters(dialect: Dialect, *, is_camel: bool, is_contradicted: bool) -> Dialect:
    """Learn from a page how the filters are spelled.

    They are sent in both spellings once the keys of its records are camelCase, or a row contradicts the filter that was
    sent: it was ignored then.
    """
    return evolve(dialect, has_camel_filters=True) if is_camel or is_contradicted else dialect


def contradiction(levels: Iterable[str | None], wanted: str | None) -> str | None:
    """Return the first hierarchy level that another one was asked for than; a row without any contradicts nothing."""
    if wanted is None:
        return None
    return next((level for level in levels if level not in {None, wanted}), None)


def learn(dialect: Dialect, *, asked: int, rows: int, total_count: int) -> Lesson:
    """Compare page 1 with what was asked.

    The size applied is the rows that came, whatever was asked: a server may clamp it (1000 is the documented maximum)
    or have its own. A page that holds the whole list shows no size. The default of 20 rows while more were due is the
    sign of a spelling that the deployment does not know: the other is tried once, then none is sent any more.
    """
    if rows >= total_count:
        return Lesson(dialect=dialect, applied=max(asked, rows))
    if rows == 0:
        return Lesson(dialect=dialect, applied=None)
    understood = rows != DEFAULT_PAGE_SIZE
    if dialect.confirmed or (not understood and asked == DEFAULT_PAGE_SIZE):
        return Lesson(dialect=dialect, applied=rows)
    if understood:
        return Lesson(dialect=evolve(dialect, confirmed=True), applied=rows)
    if dialect.page_size_name == PAGE_SIZE_NAMES[0]:
        return Lesson(dialect=evolve(dialect, page_size_name=PAGE_SIZE_NAMES[1]), applied=rows, ask_again=True)
    return Lesson(dialect=evolve(dialect, page_size_name=None, confirmed=True), applied=rows, ignored=True)


def applied_size(asked: int, *, number: int, rows: int, total_count: int) -> int:
    """Return the page size that the server applied to a page after the first, as its rows and its total show it.

    That is what was asked for, at most the documented maximum, if the page is the last by it; else the page is full.
    An empty page tells nothing.
    """
    largest = min(asked, MAX_PAGE_SIZE)
    is_last = (number - 1) * largest + rows == total_count
    return asked if rows in {0, asked} else largest if is_last else rows


def other_path(dialect: Dialect) -> Dialect | None:
    """Give the dialect of the earlier documented path, for a 404 on page 1 that is not "Invalid page.".

    None where there is nothing left to try: that path is spoken already, or this one has answered before.
    """
    if dialect.confirmed or dialect.path != PATHS[0]:
        return None
    return evolve(dialect, path=PATHS[1])
