"""Services that are other programs: which hosts they may be on, what is signed, what they answer."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from awt.model.names import TEXT_MAX

TIMESTAMP: Final = "Awt-Timestamp"
SIGNATURE: Final = "Awt-Signature"
"""The headers of a request that we sign; outgoing webhooks have the same."""
VERSION: Final = "v1"
ANSWER_MAX: Final = 64 * 1024
"""Longest answer, in bytes."""
URL_MAX: Final = 400
_PORTS: Final = {"http": 80, "https": 443}


class Request(msgspec.Struct, frozen=True):
    """What a service is sent. ``user`` is a pseudonym, another one at each service; ``time`` ISO 8601."""

    id: str
    service: str
    user: str
    im: str
    text: str
    lang: str
    time: str


class Offer(msgspec.Struct, frozen=True):
    """Something to answer next, as a service offers it."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    send: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


Offers = Annotated[list[Offer], msgspec.Meta(max_length=20)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]


class Response(msgspec.Struct, frozen=True):
    """What a service answers; fields of its own are passed over."""

    text: Text
    choices: Offers = []


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of `SIGNATURE`; ``timestamp`` is in seconds since the epoch."""
    signed = timestamp.encode() + b"." + body
    return f"{VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def pseudonym(key: str, user_hash: str) -> str:
    """Return what a service calls a user: 32 hexadecimal digits, the same for all his chats."""
    return hmac.new(key.encode(), user_hash.encode(), hashlib.sha256).hexdigest()[:32]


def is_listed(url: str, hosts: Iterable[str]) -> bool:
    """Tell whether a URL is on one of the hosts, each ``host`` (the port of its scheme) or ``host:port``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return False
    if not url.isascii() or len(url) > URL_MAX or any(c <= " " or c in '\\"<>' for c in url):
        return False
    place = (parts.hostname, _PORTS[parts.scheme] if port is None else port)
    return any(place == _place(host, parts.scheme) for host in hosts)


def is_host(text: str) -> bool:
    """Tell whether an entry of the list of hosts is ``host`` or ``host:port``."""
    try:
        parts = urlsplit(f"//{text}")
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and parts.netloc == text and _is_bare(parts) and "@" not in text


def _is_bare(parts: SplitResult) -> bool:
    """Tell whether there is nothing but a host, without white space."""
    return not parts.path and not parts.query and not any(c.isspace() for c in parts.netloc)


def _place(host: str, scheme: str) -> tuple[str | None, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname, _PORTS[scheme] if parts.port is None else parts.port
