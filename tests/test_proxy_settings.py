"""The proxy that the environment names."""

from __future__ import annotations

import pytest
from yarl import URL

from explo_async.configuration import resolve_proxy
from explo_async.errors import ConfigurationError


@pytest.mark.parametrize(
    ("base_url", "environ", "proxy"),
    [
        ("https://api.explo.co/", {}, None),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://proxy.example:3128"}, "proxy.example:3128"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "proxy.example:3128"}, "proxy.example:3128"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://me:pa55@proxy.example"}, "proxy.example:80"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2"}, "b:2"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "https_proxy": ""}, None),
        ("http://127.0.0.1:8123/", {"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "http://a:1"}, None),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "other.example"}, "a:1"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "xplo.co"}, "a:1"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "x, .EXPLO.co"}, None),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "api.explo.co:443"}, None),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "api.explo.co:8443"}, "a:1"),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, None),
        ("https://api.explo.co/", {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*", "no_proxy": ""}, "a:1"),
    ],
)
def test_proxy(base_url: str, environ: dict[str, str], proxy: str | None) -> None:
    """HTTPS_PROXY names the proxy for https, NO_PROXY the hosts without, each in small letters first; as with curl."""
    found = resolve_proxy(URL(base_url), environ)
    assert (found and found.address) == proxy
    assert "pa55" not in repr(found)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("http://", "HTTPS_PROXY is not an address like http://proxy.example:3128; set it anew, or unset it"),
        (
            "http://me:pa55@a b:1",
            "HTTPS_PROXY is not an address like http://proxy.example:3128; set it anew, or unset it",
        ),
        ("http://a:x", "HTTPS_PROXY is not an address like http://proxy.example:3128; set it anew, or unset it"),
        (
            "socks5://me:pa55@a:1080",
            (
                "HTTPS_PROXY names a proxy of the kind socks5; only http is known, and what goes through is encrypted; "
                "name an http proxy"
            ),
        ),
    ],
)
def test_no_proxy_to_be_used(given: str, message: str) -> None:
    """What is no http proxy is refused, and not passed over in silence; the message shows no password."""
    with pytest.raises(ConfigurationError) as raised:
        resolve_proxy(URL("https://api.explo.co/"), {"HTTPS_PROXY": given})
    assert str(raised.value) == message
