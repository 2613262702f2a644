"""aiohttp's failures in our words: apart from the transport, as they are many and each says who is to blame."""

from __future__ import annotations

import re

import aiohttp
from aiohttp.http import HttpProcessingError
from yarl import URL

from explo_async.errors import ClientClosed, ExploError, TransportError

_INSECURE = (
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientConnectorSSLError,
    aiohttp.ServerFingerprintMismatch,
)
_CHECK_TLS = (
    "check the server's certificate and this machine's clock; where your own authority signs, for the server or for a "
    "proxy that reads along, name the file with its certificate in SSL_CERT_FILE"
)
_PROXY_SETTINGS = "HTTPS_PROXY and NO_PROXY"
_QUOTED = re.compile(r"[:'\"\n]")
"""What stands between aiohttp's words for an answer that is not HTTP and the part of it that they quote."""
_BODY_FAULT = re.compile(r"Not enough data[^.:'\"\n]*|Can not decode content-encoding: [a-z]+")


def translate(error: Exception, *, origin: str, closed: bool) -> ExploError:
    """Put a failure of aiohttp's in our words; only its type and message are kept, as its attributes hold headers."""
    name = type(error).__name__
    if closed or isinstance(error, RuntimeError):
        return ClientClosed("the session was closed while it was in use", advice="keep the client open until the end")
    if isinstance(error, _INSECURE):
        what = f"no secure connection to {origin} ({name}: {error})"
        return TransportError(what, retryable=False, sent=False, advice=_CHECK_TLS)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _refused_by_proxy(error.status, origin)
    if isinstance(error, aiohttp.ClientConnectorError) and error.host != URL(origin).raw_host:
        # Whoever is connected to in place of the server stands before it.
        what = f"no connection to the proxy {error.host}:{error.port} ({name}: {error.strerror or error.os_error})"
        return TransportError(what, sent=False, advice=f"check {_PROXY_SETTINGS}, and that the proxy runs")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        what = f"the name in {origin} cannot be resolved ({name})"
        return TransportError(what, sent=False, advice="check base_url and the DNS")
    if isinstance(error, aiohttp.ClientConnectorError):
        what = f"no connection to {origin} ({name}: {error.strerror or error.os_error})"
        return TransportError(what, sent=False, advice="check base_url, and that the server runs")
    words = _words(error)
    said = f"{name}: {words}" if words else name
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        # The status in it is made up by aiohttp where the answer was not HTTP.
        what = f"the answer of {origin} is not valid HTTP ({said})"
    else:
        what = f"the connection to {origin} broke off ({said})"
    return TransportError(what, advice="try again later")


def _refused_by_proxy(status: int, origin: str) -> TransportError:
    what = f"the proxy answered {status} in place of a connection to {origin}"
    match status:
        case 407:
            advice = "put user and password into the proxy's address: http://user:password@host:port"
        case 400 | 403 | 404 | 405:
            advice = f"ask whoever runs the proxy to allow this address, or check {_PROXY_SETTINGS}"
        case _:
            return TransportError(what, sent=False, advice=f"try again later, or check {_PROXY_SETTINGS}")
    return TransportError(what, retryable=False, sent=False, advice=advice)


def _words(error: Exception) -> str:
    """Take aiohttp's own words from an error, and nothing that it quotes of the answer: that could be a token."""
    match error:
        case aiohttp.ClientResponseError():
            return _QUOTED.split(error.message, maxsplit=1)[0].strip()
        case aiohttp.ClientPayloadError():
            found = _BODY_FAULT.search(str(error))
            return found[0].strip() if found else ""
        case aiohttp.ServerDisconnectedError():
            # Closed within the headers, it holds all those that came.
            return error.message if isinstance(error.message, str) else "the headers were cut off"
        case OSError():
            return str(error)
        case _:
            return ""
