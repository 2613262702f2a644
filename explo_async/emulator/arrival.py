"""A request as it arrives: where it leads, who sent it, what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from explo_async.emulator.api import read_body
from explo_async.emulator.clock import now
from explo_async.emulator.refusals import LIST
from explo_async.emulator.request_log import Seen

if TYPE_CHECKING:
    from aiohttp import web

    from explo_async.emulator.access import Token
    from explo_async.emulator.api import Api
    from explo_async.emulator.bodies import Body
    from explo_async.emulator.dialect import Dialect, PageQuery
    from explo_async.emulator.failures import Refused
    from explo_async.emulator.refusals import Place, Refusals


@frozen(kw_only=True)
class Arrival:
    """One request, read to its end."""

    seen: Seen
    place: Place
    access: Token | None
    """None for a wrong token."""
    listing: PageQuery
    body: Body | Refused
    reads_gzip: bool


async def read_arrival(request: web.BaseRequest, gate: Refusals, dialect: Dialect, api: Api) -> Arrival:
    """Read a request."""
    query = dict(request.query)
    place = gate.find(request.path)
    access = gate.find_token(request.headers.get("Explo-Authorization"))
    listing = dialect.read(query)
    if access is not None and access.access_group is not None:
        listing = evolve(listing, access_group=access.access_group)
    endpoint = place.endpoint
    pages = endpoint in {None, LIST}
    body: Body | Refused = query
    if endpoint is not None and not pages:
        body = read_body(endpoint, query, await request.read(), request.content_type)
    reads_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    at = now()
    seen = Seen(
        page=listing.page if pages else None,
        page_size=listing.page_size if pages else 0,
        status=None,
        at=at,
        attempt=1,
        path=request.path,
        query=query,
        method=request.method,
        verb=endpoint.verb if endpoint else None,
        writes=endpoint is not None and endpoint.writes,
        provided_id=None if pages else api.name_customer(body, at),
    )
    return Arrival(seen=seen, place=place, access=access, listing=listing, body=body, reads_gzip=reads_gzip)
