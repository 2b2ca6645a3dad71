"""Heads of HTTP/1 messages, as a forward proxy reads and writes them (RFC 9110, RFC 9112).

A proxy and what stands behind it must never see two messages where the other sees one. So whatever
leaves room for two readings is no request: folded lines, line ends and control characters inside of
one, spaces before a colon, two lengths, a coding of the body. What is meant for the next hop alone
(RFC 9110, 7.6.1) goes no further, a password for this proxy least of all.
"""

import re
from collections.abc import Sequence
from typing import Final

from attrs import frozen

from awt.executor.upstream import Upstream

MAX_HEAD: Final = 2**17
"""How long a request or an answer may be before its body begins, in bytes."""
HTTP: Final = 80

_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/1\.[01]")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)")
_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_PLAIN: Final = re.compile(r"http://(?:[^/?#@\\]*@)?([^/?#@\\]+)([/?].*)?", re.IGNORECASE)
"""`http://`, perhaps somebody's password, which goes nowhere, the authority, the rest."""
_LENGTH: Final = re.compile(rb"\d{1,18}")
_END: Final = re.compile(rb"\r?\n\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")

_FOR_THE_NEXT: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"proxy-status",
        b"te",
        b"trailer",
        b"upgrade",
    }
)
_NEVER_DROPPED: Final = frozenset({b"content-length", b"transfer-encoding"})
"""Names that `Connection` may not name: a body without its length is another message."""


class BadHead(Exception):
    """Bytes that are no request for a forward proxy; `status` answers them."""

    def __init__(self, status: bytes = b"400 Bad Request") -> None:
        super().__init__(status)
        self.status = status


@frozen(kw_only=True)
class Request:
    """The head of a request: a `CONNECT` (`tunnel`), or one for `http://`.

    `authority`: host and port as they were written. `rest`: path and query. `length`: bytes of the
    body. `headers`: those that go on, without `Host`. `credentials`: of `Proxy-Authorization`.
    """

    method: bytes
    host: str
    port: int
    tunnel: bool
    authority: bytes
    rest: bytes = b""
    length: int = 0
    headers: Sequence[bytes] = ()
    credentials: bytes = b""

    def wire(self, upstream: Upstream | None) -> bytes:
        """Return what the other side is sent first."""
        host = b"Host: " + self.authority
        if self.tunnel:
            if upstream is None:
                return b""
            lines = [b"CONNECT " + self.authority + b" HTTP/1.1", host]
        else:
            target = self.rest if upstream is None else b"http://" + self.authority + self.rest
            lines = [self.method + b" " + target + b" HTTP/1.1", host, *self.headers]
            lines.append(b"Connection: close")
        if upstream is not None and upstream.authorization:
            lines.append(upstream.authorization)
        return b"\r\n".join((*lines, b"", b""))


def read_request(head: bytes) -> Request:
    """Read the head of a request, without its empty line. Raises `BadHead`."""
    first, *lines = head.split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadHead
    headers = [_header(each) for each in lines]
    named = _named_by_connection(headers)
    kept = [
        each
        for (name, _), each in zip(headers, lines, strict=True)
        if name not in named and name != b"host"
    ]
    credentials = b"".join(value for name, value in headers if name == b"proxy-authorization")
    length = _length(headers)
    target = line[2].decode("ascii")
    if line[1] == b"CONNECT":
        host, port = _place(target, None)
        return Request(
            method=line[1],
            host=host,
            port=port,
            tunnel=True,
            authority=target.encode(),
            credentials=credentials,
        )
    plain = _PLAIN.fullmatch(target)
    if plain is None:
        raise BadHead
    host, port = _place(plain[1], HTTP)
    rest = (plain[2] or "").partition("#")[0]
    return Request(
        method=line[1],
        host=host,
        port=port,
        tunnel=False,
        authority=plain[1].encode(),
        rest=(rest if rest.startswith("/") else f"/{rest}").encode(),
        length=length,
        headers=kept,
        credentials=credentials,
    )


def _header(line: bytes) -> tuple[bytes, bytes]:
    match = _HEADER.fullmatch(line)
    if match is None:
        raise BadHead
    return match[1].lower(), match[2].strip()


def _named_by_connection(headers: Sequence[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Return the names of headers that are for the next hop alone."""
    named = {
        word.strip().lower()
        for name, value in headers
        if name == b"connection"
        for word in value.split(b",")
    }
    return _FOR_THE_NEXT | (named - _NEVER_DROPPED)


def _length(headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Return how long the body is; no browser sends one whose length it does not know."""
    if any(name == b"transfer-encoding" for name, _ in headers):
        raise BadHead(b"501 Not Implemented")
    lengths = [value for name, value in headers if name == b"content-length"]
    if not lengths:
        return 0
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise BadHead
    return int(lengths[0])


def _place(authority: str, usual: int | None) -> tuple[str, int]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None or (match[2] is None and usual is None):
        raise BadHead
    port = int(match[2]) if match[2] else usual or 0
    if not 0 < port < 2**16:
        raise BadHead
    return match[1].strip("[]"), port


@frozen
class Answer:
    """The head of an answer: its lines, and what came after it."""

    lines: Sequence[bytes]
    after: bytes

    @property
    def status(self) -> bytes:
        """The three digits."""
        return self.lines[0][9:12]

    @property
    def is_interim(self) -> bool:
        """Whether another answer follows."""
        return self.status.startswith(b"1") and self.status != b"101"

    def get(self, name: bytes) -> bytes:
        """Return the first header of a name (in small letters), or nothing."""
        for line in self.lines[1:]:
            found, _, value = line.partition(b":")
            if found.strip().lower() == name:
                return value.strip()
        return b""

    def wire(self, *more: bytes) -> bytes:
        """Return the head as it goes on, with further headers in the place of those for us."""
        first, *rest = self.lines
        headers = [(n.strip().lower(), v) for n, _, v in (line.partition(b":") for line in rest)]
        named = _named_by_connection(headers)
        kept = [line for (name, _), line in zip(headers, rest, strict=True) if name not in named]
        return b"\r\n".join((first, *kept, *more, b"", b""))


def read_answer(data: bytes | bytearray, begin: int = 0) -> Answer | None:
    """Read the head of an answer, whatever it is; None while its end has not come.

    `begin`: where the end is looked for first; what has been looked at before takes no time again.
    """
    end = _END.search(data, begin)
    if end is None:
        return None
    return Answer(_LINE_END.split(bytes(data[: end.start()])), bytes(data[end.end() :]))
