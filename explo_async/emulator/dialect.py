"""How the emulated deployment spells its path, its query and its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen, validators
from yarl import URL

from explo_async.emulator.failures import Refused
from explo_async.endpoint import CAMEL_FILTERS, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explo_async.emulator.behaviour import Behaviour

# More than the number of any page has; int() refuses 5000.
_MOST_DIGITS = 10


@frozen(kw_only=True)
class PageQuery:
    """Which page of which part of the list a query asks for, as the server understood it."""

    page: int | None
    """None for something that is no page number."""
    page_size: int
    parent_provided_id: str | None = None
    hierarchy_level_name: str | None = None
    access_group: str | None = None
    """The only visibility group that the token sees; None: it sees all."""


@frozen(kw_only=True)
class Dialect:
    """The spelling of one deployment; the defaults are those of the documented v2 endpoint."""

    keys: Literal["snake", "camel"] = field(default="snake", validator=validators.in_(("snake", "camel")))
    """Spelling of the records' keys (not of what a team put into `properties`) and, with it, of the count."""
    count_name: str | None = None
    """Key of the total; None: `total_count` with snake_case keys, `count` with camelCase ones, as documented."""
    page_size_name: Literal["page_size", "pageSize"] | None = "page_size"
    """Which query name is honoured; None: neither, every page has the default size."""
    filter_names: Literal["snake", "camel", "both", "none"] | None = None
    """Which spelling of the filters is honoured; None: that of the keys, and with camelCase keys the other one too."""
    path: str = PATHS[0]
    past_end: Literal["404", "empty"] = field(default="404", validator=validators.in_(("404", "empty")))
    max_page_size: int = MAX_PAGE_SIZE
    default_page_size: int = DEFAULT_PAGE_SIZE
    next_links: bool = False
    """Send `next` and `previous` URLs as well."""

    def read(self, query: Mapping[str, str]) -> PageQuery:
        """Understand a query as Django REST framework does: an odd page size becomes the default one."""
        page_size = _positive(query.get(self.page_size_name, "")) if self.page_size_name else None
        return PageQuery(
            page=_positive(query.get("page", "1")),
            page_size=min(page_size or self.default_page_size, self.max_page_size),
            parent_provided_id=self._filter(query, "parent_provided_id"),
            hierarchy_level_name=self._filter(query, "hierarchy_level_name"),
        )

    def _filter(self, query: Mapping[str, str], name: str) -> str | None:
        """Read a filter in whichever spelling is honoured."""
        return next((query[each] for each in self._spell(name) if each in query), None)

    def _spell(self, name: str) -> tuple[str, ...]:
        names = self.filter_names or ("snake" if self.keys == "snake" else "both")
        camel = CAMEL_FILTERS[name]
        return {"snake": (name,), "camel": (camel,), "both": (name, camel), "none": ()}[names]

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters as they are spelled here."""
        return tuple(spelled for name in CAMEL_FILTERS for spelled in self._spell(name))

    def word(
        self, listing: PageQuery, records: Sequence[Mapping[str, Any]], total_count: int, origin: str
    ) -> dict[str, Any]:
        """Put the records of a page into the envelope."""
        envelope: dict[str, Any] = {
            self.count_name or ("total_count" if self.keys == "snake" else "count"): total_count
        }
        if self.next_links and listing.page is not None:
            more = listing.page * listing.page_size < total_count
            envelope["next"] = self._link(evolve(listing, page=listing.page + 1), origin) if more else None
            envelope["previous"] = (
                self._link(evolve(listing, page=listing.page - 1), origin) if listing.page > 1 else None
            )
        spelled = records if self.keys == "snake" else [_camelize(record) for record in records]
        envelope["results"] = {"customers": spelled}
        return envelope

    def _link(self, listing: PageQuery, origin: str) -> str:
        query = {
            "parent_provided_id": listing.parent_provided_id,
            "hierarchy_level_name": listing.hierarchy_level_name,
            "page": str(listing.page),
        }
        if self.page_size_name:
            query[self.page_size_name] = str(listing.page_size)
        url = URL(origin).with_path(self.path)
        return str(url.with_query({name: value for name, value in query.items() if value is not None}))


EARLIER = Dialect(keys="camel", path=PATHS[1], next_links=True)
"""The earlier documented form of the endpoint."""


def check_filters(query: Iterable[str], honoured: Sequence[str], behaviour: Behaviour) -> None:
    """Refuse a filter in a spelling that is not honoured, where the deployment does not pass it over."""
    if behaviour.unknown_filter == "400":
        known = {*CAMEL_FILTERS, *CAMEL_FILTERS.values()}.difference(honoured)
        for name in query:
            if name in known:
                msg = f"{name}: This filter is not known."
                raise Refused(msg)


def _positive(text: str) -> int | None:
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return int(text) or None
    return None


def _camelize(record: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel(key): value for key, value in record.items()}


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)
