"""Arguments and settings, checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from explo_async.configuration import resolve_base_url, resolve_token
from explo_async.errors import ConfigurationError

GOOD = "".join(map(chr, range(33, 127)))
SECRET = "s3cr3t"
COPY = "copy the token from Explo's settings"
COPY_AGAIN = "copy the token again, without quotes and line ends"
NO_ADDRESS = "base_url is not an address like https://api.explo.co"
NOT_BARE = "base_url must be a bare address, without user, query or fragment; the token goes into `token`"


def odd(position: int, source: str = "the argument `token`") -> str:
    """Word the message for a token with an odd character."""
    what = f"{source} has a character at position {position} that no token has (a space, a line end, or not ASCII)"
    return f"{what}; {COPY_AGAIN}"


@pytest.mark.parametrize(
    ("argument", "environ", "token"),
    [
        pytest.param(SECRET, {}, SECRET, id="argument"),
        pytest.param(SECRET, {"EXPLO_TOKEN": "other"}, SECRET, id="argument before environment"),
        pytest.param(None, {"EXPLO_TOKEN": SECRET}, SECRET, id="environment"),
        pytest.param(GOOD, {}, GOOD, id="every character that a header may hold"),
        pytest.param("x", {}, "x", id="shortest"),
    ],
)
def test_token(argument: str | None, environ: dict[str, str], token: str) -> None:
    """The token is the argument's, else the environment's, unchanged."""
    assert resolve_token(argument, environ) == token


@pytest.mark.parametrize(
    ("argument", "environ", "message"),
    [
        pytest.param(None, {}, "no token: give `token` or set EXPLO_TOKEN", id="none"),
        pytest.param("", {"EXPLO_TOKEN": SECRET}, f"the argument `token` is empty; {COPY}", id="empty"),
        pytest.param(None, {"EXPLO_TOKEN": ""}, f"EXPLO_TOKEN is empty; {COPY}", id="empty in the environment"),
        pytest.param(SECRET.encode(), {}, f"the argument `token` is not a string; {COPY}", id="bytes"),
        pytest.param(0, {}, f"the argument `token` is not a string; {COPY}", id="number"),
        pytest.param(SECRET + "\n", {}, odd(6), id="line end"),
        pytest.param(SECRET + "\r\nX-Evil: 1", {}, odd(6), id="header injection"),
        pytest.param(" " + SECRET, {}, odd(0), id="leading space"),
        pytest.param("s3 cr3t", {}, odd(2), id="space"),
        pytest.param(SECRET + "\t", {}, odd(6), id="tab"),
        pytest.param(SECRET + "\0", {}, odd(6), id="NUL"),
        pytest.param(SECRET + "\x7f", {}, odd(6), id="DEL"),
        pytest.param(SECRET + "\N{NO-BREAK SPACE}", {}, odd(6), id="no-break space"),
        pytest.param(SECRET + "\N{LATIN SMALL LETTER E WITH ACUTE}", {}, odd(6), id="accent"),
        pytest.param(SECRET + "\ud800", {}, odd(6), id="lone surrogate"),
        pytest.param(SECRET + "\N{FULLWIDTH DIGIT FIVE}", {}, odd(6), id="fullwidth digit"),
        pytest.param(None, {"EXPLO_TOKEN": SECRET + "\n"}, odd(6, "EXPLO_TOKEN"), id="line end in the environment"),
    ],
)
def test_bad_token(argument: Any, environ: dict[str, str], message: str) -> None:
    """A token that no header can hold is refused by a message that shows none of it."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_token(argument, environ)
    assert str(caught.value) == message
    assert SECRET not in repr(caught.value)


@given(st.text())
def test_any_token(token: str) -> None:
    """Any text is either returned unchanged, printable ASCII without spaces, or refused."""
    try:
        assert resolve_token(token, {}) == token
    except ConfigurationError:
        assert not token or not set(token) <= set(GOOD)
    else:
        assert token
        assert set(token) <= set(GOOD)


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        pytest.param("https://api.explo.co", "https://api.explo.co/", id="bare"),
        pytest.param("https://api.explo.co/", "https://api.explo.co/", id="slash"),
        pytest.param("https://api.explo.co//", "https://api.explo.co/", id="two slashes"),
        pytest.param("HTTPS://API.Explo.CO", "https://api.explo.co/", id="capitals"),
        pytest.param("https://api.explo.co:443", "https://api.explo.co/", id="default port"),
        pytest.param("https://api.explo.co:8443", "https://api.explo.co:8443/", id="port"),
        pytest.param(URL("https://api.explo.co/x"), "https://api.explo.co/x/", id="URL"),
        pytest.param("https://proxy.example/explo", "https://proxy.example/explo/", id="path"),
        pytest.param("https://proxy.example/a/../b/.", "https://proxy.example/b/", id="path with dots"),
        pytest.param("https://proxy.example/a%20b/%25", "https://proxy.example/a%20b/%25/", id="quoted path"),
        pytest.param("https://api.explo.co/v2/api/customers/", "https://api.explo.co/", id="today's path"),
        pytest.param("https://api.explo.co/v2/api/customers", "https://api.explo.co/", id="today's path, no slash"),
        pytest.param("https://api.explo.co/api/v2/customers/", "https://api.explo.co/", id="earlier path"),
        pytest.param("https://api.explo.co/api/v2/customers", "https://api.explo.co/", id="earlier path, no slash"),
        pytest.param("https://proxy.example/x/v2/api/customers/", "https://proxy.example/x/", id="path before it"),
        pytest.param("https://x.example/v2/api/customers/x", "https://x.example/v2/api/customers/x/", id="path after"),
        pytest.param("https://x.example/v2/api/customersx", "https://x.example/v2/api/customersx/", id="another path"),
        pytest.param("http://127.0.0.1:8080", "http://127.0.0.1:8080/", id="IPv4 loopback"),
        pytest.param("http://127.8.9.10", "http://127.8.9.10/", id="other IPv4 loopback"),
        pytest.param("http://[::1]:8080/x", "http://[::1]:8080/x/", id="IPv6 loopback"),
        pytest.param("http://localhost:8080", "http://localhost:8080/", id="localhost"),
        pytest.param("http://LOCALHOST", "http://localhost/", id="LOCALHOST"),
        pytest.param("https://127.0.0.1", "https://127.0.0.1/", id="loopback with https"),
    ],
)
def test_base_url(given_url: str | URL, url: str) -> None:
    """An address is brought to one form, with one slash at its end and without the API's own path."""
    assert str(resolve_base_url(given_url, {"EXPLO_BASE_URL": "https://other.example"})) == url
    assert str(resolve_base_url(None, {"EXPLO_BASE_URL": str(given_url)})) == url


def test_default_base_url() -> None:
    """Without argument and setting the address is Explo's."""
    assert resolve_base_url(None, {}) == URL("https://api.explo.co/")


def not_loopback(url: str) -> str:
    """Word the message for plain http to another machine."""
    return f"base_url {url} would send the token unencrypted; only this machine itself may be asked so; use https"


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        *[
            pytest.param(bad, NO_ADDRESS, id=repr(bad))
            for bad in ("", "api.explo.co", "//api.explo.co", "https://", "https:///x", "ftp://x.example", "file:///x")
        ],
        *[
            pytest.param(bad, NO_ADDRESS, id=repr(bad))
            for bad in ("https://x:99999", "https://x:port", "https://x:0", "https://[::1", "https://x\\@y", 5, b"x")
        ],
        pytest.param("https://x.example?a=1", NOT_BARE, id="query"),
        pytest.param("https://x.example/#a", NOT_BARE, id="fragment"),
        pytest.param(f"https://{SECRET}@x.example", NOT_BARE, id="user"),
        pytest.param(f"https://:{SECRET}@x.example", NOT_BARE, id="password"),
        pytest.param(f"http://u:{SECRET}@x.example", NOT_BARE, id="user and password over http"),
        pytest.param(f"https://x.example?token={SECRET}", NOT_BARE, id="token in the query"),
        pytest.param(f"{SECRET}", NO_ADDRESS, id="token in its place"),
        *[
            pytest.param(f"http://{host}", not_loopback(f"http://{host}"), id=host)
            for host in ("api.explo.co", "10.0.0.1", "0.0.0.0", "127.1", "2130706433", "[fe80::1]", "[::]")
        ],
        pytest.param("http://localhost.evil", not_loopback("http://localhost.evil"), id="localhost.evil"),
        pytest.param("http://127.0.0.1.evil", not_loopback("http://127.0.0.1.evil"), id="127.0.0.1.evil"),
    ],
)
def test_bad_base_url(base_url: Any, message: str) -> None:
    """An address that is none, holds more than an address or sends the token in clear is refused, showing no secret."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_base_url(base_url, {})
    assert str(caught.value) == message
    assert SECRET not in repr(caught.value)


def test_bad_base_url_in_the_environment() -> None:
    """The message names the variable when the address came from it."""
    with pytest.raises(ConfigurationError, match=r"^EXPLO_BASE_URL is not an address like https://api\.explo\.co$"):
        resolve_base_url(None, {"EXPLO_BASE_URL": "nowhere"})


@given(st.text() | st.text().map("https://{}".format) | st.text().map("http://127.0.0.1/{}".format))
def test_any_base_url(base_url: str) -> None:
    """Any text is either refused or an https or loopback address that ends in a slash."""
    try:
        url = resolve_base_url(base_url, {})
    except ConfigurationError:
        return
    assert url.scheme == "https" or url.host in {"127.0.0.1", "localhost"}
    assert (url.path[-1], url.query_string, url.fragment, url.user, url.password) == ("/", "", "", None, None)
