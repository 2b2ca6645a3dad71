"""The proxies that a test may send its requests through, and how they are written."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

PORT: Final = 3128
"""The port of a proxy for which none is given."""


class BadProxy(ValueError):
    """Not a proxy that can be used; `reason` says why, as a code of an action's result."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@frozen(kw_only=True)
class Upstream:
    """A forward proxy. `trusted`: the operator named it, so it may be in a private network.

    `tls`: the way to it is encrypted, and its certificate verified.
    """

    host: str
    port: int = PORT
    tls: bool = False
    credentials: str = field(default="", repr=False)
    trusted: bool = False

    @property
    def name(self) -> str:
        """What it is called in results: no password."""
        return f"{self.host}:{self.port}"

    @property
    def authorization(self) -> bytes:
        """The header that introduces us, or nothing."""
        if not self.credentials:
            return b""
        return b"Proxy-Authorization: Basic " + b64encode(self.credentials.encode())


def upstream_of(region: str, data: str, proxies: Mapping[str, str]) -> Upstream | None:
    """Return what the action `proxy` asks for; None means no proxy.

    `proxies` are the operator's, by region. `default` is the operator's `default`, or none.
    Raises `BadProxy` with `unknown_region`, `bad_proxy`, or `unsupported` for the URL of a PAC
    file, which nobody here evaluates.
    """
    if region == "custom":
        text = data.strip()
        if "://" in text and not text.startswith("http://"):
            raise BadProxy("unsupported")
        if urlsplit(text).path.strip("/") if "://" in text else "/" in text:
            raise BadProxy("unsupported")
        return parse(text) if text else None
    if region in proxies:
        return parse(proxies[region], trusted=True)
    if region == "default":
        return None
    raise BadProxy("unknown_region")


def parse(text: str, *, trusted: bool = False) -> Upstream:
    """Read `host:port` or `http://[user:password@]host[:port]`; a trusted one may be `https://`.

    Raises `BadProxy` `bad_proxy`.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadProxy("bad_proxy") from None
    schemes = ("http", "https") if trusted else ("http",)
    if parts.scheme not in schemes or not host or port == 0 or not host.isascii():
        raise BadProxy("bad_proxy")
    credentials = ""
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Upstream(
        host=host,
        port=port or PORT,
        tls=parts.scheme == "https",
        credentials=credentials,
        trusted=trusted,
    )
