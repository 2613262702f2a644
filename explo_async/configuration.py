"""The arguments and settings, checked before anything is sent. Pure: the environment is an argument."""

from __future__ import annotations

from hashlib import scrypt
from ipaddress import ip_address
from typing import TYPE_CHECKING

from attrs import field, frozen
from yarl import URL

from explo_async.endpoint import DEFAULT_BASE_URL, PATHS
from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_VARIABLE = "EXPLO_TOKEN"  # noqa: S105 -- the variable's name, not a token
BASE_URL_VARIABLE = "EXPLO_BASE_URL"
PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY")
NO_PROXY_VARIABLES = ("no_proxy", "NO_PROXY")
"""The one that is spelled small counts where there are both, as with curl."""


@frozen
class Proxy:
    """The proxy that requests go through."""

    url: URL = field(repr=False)
    """May hold a password."""
    source: str
    """The variable that names it."""

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"{self.url.host}:{self.url.port}"


def resolve_token(token: str | None, environ: Mapping[str, str]) -> str:
    """Return the team's token; no message shows any of it."""
    source = "the argument `token`" if token is not None else TOKEN_VARIABLE
    token = environ.get(TOKEN_VARIABLE) if token is None else token
    if token is None:
        msg = f"no token: give `token` or set {TOKEN_VARIABLE}"
        raise ConfigurationError(msg)
    if not isinstance(token, str) or not token:
        msg = f"{source} is {'empty' if token == '' else 'not a string'}"
        raise ConfigurationError(msg, advice="copy the token from Explo's settings")
    odd = next((place for place, letter in enumerate(token) if not "!" <= letter <= "~"), None)
    if odd is not None:
        msg = f"{source} has a character at position {odd} that no token has (a space, a line end, or not ASCII)"
        raise ConfigurationError(msg, advice="copy the token again, without quotes and line ends")
    return token


def digest_account(token: str, base_url: URL, salt: bytes) -> bytes:
    """Tell a token at an address from others, without a way back to it: slow to guess by trial."""
    return scrypt(token.encode(), salt=salt + str(base_url).encode(), n=2**12, r=8, p=1, dklen=16)


def resolve_base_url(base_url: str | URL | None, environ: Mapping[str, str]) -> URL:
    """Return the address below which the API lies, without its own path; https unless it is this machine."""
    source = "base_url" if base_url is not None else BASE_URL_VARIABLE
    given = environ.get(BASE_URL_VARIABLE, DEFAULT_BASE_URL) if base_url is None else base_url
    try:
        url = URL(given)
        # yarl drops line ends and takes spaces, in a string that was pasted wrongly.
        complete = (
            " " not in str(given)
            and str(given).isprintable()
            and url.scheme in {"http", "https"}
            and url.host
            and url.port
        )
    except (TypeError, ValueError):
        complete = False
    if not complete:
        msg = f"{source} is not an address like {DEFAULT_BASE_URL}"
        raise ConfigurationError(msg)
    if url.user is not None or url.password is not None or url.query_string or url.fragment:
        msg = f"{source} must be a bare address, without user, query or fragment"
        raise ConfigurationError(msg, advice="the token goes into `token`")
    if url.scheme == "http" and not _is_loopback(str(url.host)):
        msg = f"{source} {url} would send the token unencrypted; only this machine itself may be asked so"
        raise ConfigurationError(msg, advice="use https")
    path = url.path
    for known in PATHS:
        path = path.removesuffix(known.rstrip("/")).removesuffix(known)
    return url.with_path(path.rstrip("/") + "/")


def resolve_proxy(base_url: URL, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the environment names for an address, None where requests go straight to it.

    Through a proxy goes https alone, whose tunnel shows the proxy no more than the host: plain http, which is for this
    machine itself, would show it the token.
    """
    source = next((name for name in PROXY_VARIABLES if name in environ), None)
    if source is None or not environ[source] or base_url.scheme != "https":
        return None
    exempt = next((environ[name] for name in NO_PROXY_VARIABLES if name in environ), "")
    if _is_exempt(str(base_url.host), base_url.port, exempt):
        return None
    given = environ[source]
    try:
        url = URL(given if "://" in given else f"http://{given}")
        complete = url.host and url.port and given.isprintable() and " " not in given
    except ValueError:
        complete = False
    if not complete:
        msg = f"{source} is not an address like http://proxy.example:3128"
        raise ConfigurationError(msg, advice="set it anew, or unset it")
    if url.scheme != "http":
        msg = f"{source} names a proxy of the kind {url.scheme}; only http is known, and what goes through is encrypted"
        raise ConfigurationError(msg, advice="name an http proxy")
    return Proxy(url, source)


def _is_exempt(host: str, port: int | None, exempt: str) -> bool:
    names = [name.strip().lower().lstrip(".") for name in exempt.split(",")]
    return any(name in {"*", host, f"{host}:{port}"} or host.endswith(f".{name}") for name in names if name)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
