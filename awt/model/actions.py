"""What a test does, step by step, and what came of each step.

An `Action` is one line of a test: a union of the types of actions, tagged by `type`. An
`ActionResult` is what an engine says of one. Both cross the border between the server and its
executors, so they are msgspec structs; reasons are stable codes that the catalogues put into words.
"""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import SplitResult, quote, urlsplit

import idna
import msgspec

MAX_URL = 2048
"""Longest address of a page, in characters, before and after it was normalised."""
MAX_DATA = 4096
"""Longest selector or data of an action, in bytes of UTF-8."""
MAX_DETAIL = 300
"""Longest detail of a result, in characters."""

MAX_LINES = 20
"""Most lines of the console, and most failed requests, of one result."""
MAX_AROUND = 500
"""Longest beginning of a page in the evidence of a failure, in characters."""

Status = Literal["succeeded", "failed", "skipped"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)
_LABEL = re.compile(r"(?=[_-]*[a-z0-9])[a-z0-9_-]{1,63}")
MAX_HOST = 253
"""How long a name of DNS can be, in characters, without its last dot (RFC 1035, 2.3.4)."""
_URL_SAFE = "%/:?@!$&'()*+,;=~[]|^"
_JOINERS = "\u200c\u200d"  # needed by Persian, Indic scripts and emoji; they change no direction


class Step(msgspec.Struct, frozen=True, tag_field="type"):
    """What all actions have; see the table of each type for what its two fields hold.

    A type that has no use for a field leaves it "". On the wire an action is an object with
    `type`, `selector` and `data`.
    """

    selector: str = ""
    data: str = ""

    @property
    def type(self) -> str:
        """The name of the action, e.g. `open`."""
        return str(self.__struct_config__.tag)


class Open(Step, frozen=True, tag="open"):
    """Load the page whose URL is `selector`; `http://` is added when there is no scheme."""


class Exists(Step, frozen=True, tag="exists"):
    """Find the element that `selector` (XPath or `css:`) names."""


class Click(Step, frozen=True, tag="click"):
    """Click the element that `selector` names."""


class Enter(Step, frozen=True, tag="enter"):
    """Clear the field that `selector` names, and type `data` into it."""


class Modify(Step, frozen=True, tag="modify"):
    """Make `data` the content or value of the element that `selector` names.

    A selector that ends in `/@NAME` sets that attribute.
    """


class Url(Step, frozen=True, tag="url"):
    """The address of the page matches the regular expression `selector`; case does not count."""


class Title(Step, frozen=True, tag="title"):
    """The title of the page matches the regular expression `selector`; case does not count."""


class VarRegexp(Step, frozen=True, tag="var_regexp"):
    """Cut the variable `selector` down to what the regular expression `data` matches of it."""


class VarXpath(Step, frozen=True, tag="var_xpath"):
    """Store the text or value of the element `data` under the name `selector`.

    With `/@NAME` at its end it is that attribute.
    """


class VarUrl(Step, frozen=True, tag="var_url"):
    """Store the address of the page under the name `selector`."""


class VarTitle(Step, frozen=True, tag="var_title"):
    """Store the title of the page under the name `selector`."""


class Proxy(Step, frozen=True, tag="proxy"):
    """Send what follows through the proxies of a region, or through one of the test's own.

    `selector` is one of `REGIONS`. With `custom`, `data` is `host:port`, or empty for none.
    """


class Text(Step, frozen=True, tag="text"):
    """The visible text of the page contains `data`; white space is folded, case counts."""


Action = (
    Open
    | Exists
    | Click
    | Enter
    | Modify
    | Url
    | Title
    | VarRegexp
    | VarXpath
    | VarUrl
    | VarTitle
    | Proxy
    | Text
)
"""One step of a test, told apart by `type`."""

REGIONS: Final = ("us", "fr", "cn", "ru", "default", "custom")
"""What the action `proxy` chooses from."""


class Evidence(msgspec.Struct, frozen=True):
    """What a browser knew when an action failed: all of it comes from the tested site.

    `console` are warnings and errors of scripts, `requests` those that failed, the latest last;
    `around` is how the visible text of the page begins. Cleaned as an `ActionResult` is.
    """

    console: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    around: str = ""

    def __post_init__(self) -> None:
        """Clean the texts."""
        for name in ("console", "requests"):
            lines = tuple(plain(line, MAX_DETAIL) for line in getattr(self, name)[-MAX_LINES:])
            msgspec.structs.force_setattr(self, name, lines)
        msgspec.structs.force_setattr(self, "around", plain(self.around, MAX_AROUND))


class ActionResult(msgspec.Struct, frozen=True):
    """What came of one action.

    `reason` is a stable code and "" when all is well. `detail` and the texts in `data` may come
    from the tested site: they are cut and freed of control characters here, wherever the result
    was made, but they are still to be escaped where they are shown. `ms` is how long it took.
    `evidence` comes with a failure in a browser.
    """

    status: Status
    reason: str = ""
    detail: str = ""
    ms: int = 0
    data: dict[str, str | int] = {}
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        """Clean the texts, also of a result that came over the wire."""
        data = {
            key: plain(value, MAX_URL) if isinstance(value, str) else value
            for key, value in self.data.items()
        }
        msgspec.structs.force_setattr(self, "detail", plain(self.detail, MAX_DETAIL))
        msgspec.structs.force_setattr(self, "data", data)


class BadAction(ValueError):
    """An action that can not be saved; `code` is stable and says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadUrl(BadAction):
    """Not the address of a web page.

    `code`: `empty`, `too_long`, `characters`, `scheme`, `userinfo`, `host` or `port`.
    """


def plain(text: str, limit: int) -> str:
    """Fold white space and drop the characters that can deceive the eye or a terminal.

    Those are controls, direction marks and overrides, other invisible format characters and lone
    surrogates. At most `limit` characters are left.
    """
    folded = " ".join(text[: limit * 8].split())
    kept = (
        char
        for char in folded
        if char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    return "".join(kept)[:limit].strip()


def normalise_url(text: str) -> str:
    """Return the address as it is requested: pure ASCII, with scheme, host and path.

    `http://` is added when there is no scheme, the host is encoded by IDNA 2008 (UTS 46), the rest
    is percent-encoded where it has to be. What is ASCII in a host may be any name of DNS, as browsers
    take it: with `_`, with hyphens anywhere, but not of these alone. The function is idempotent.
    Raises `BadUrl`. Whether the address may be opened at all is known only when its name was
    resolved: see `awt.egress`.
    """
    _check_characters(text)
    absolute = _with_scheme(text)
    try:
        parts = urlsplit(absolute)
    except ValueError:
        raise BadUrl("host") from None
    if "@" in parts.netloc:
        raise BadUrl("userinfo")
    url = f"{parts.scheme}://{_host(parts.netloc)}{_port(parts)}"
    url += quote(parts.path or "/", safe=_URL_SAFE)
    if parts.query:
        url += "?" + quote(parts.query, safe=_URL_SAFE)
    if parts.fragment:
        url += "#" + quote(parts.fragment, safe=_URL_SAFE)
    if len(url) > MAX_URL:
        raise BadUrl("too_long")
    return url


def check_actions(url: str, text: str | None = None) -> tuple[Action, ...]:
    """Return the actions of a simple check: the page opens and, if given, has the text.

    Raises `BadUrl`, and `BadAction` with the code `too_long` for a text over `MAX_DATA`.
    """
    opened = Open(normalise_url(url))
    if text is None or not text.strip():
        return (opened,)
    if len(text.encode(errors="replace")) > MAX_DATA:
        raise BadAction("too_long")
    return (opened, Text(data=text))


def _check_characters(text: str) -> None:
    if not text:
        raise BadUrl("empty")
    if len(text) > MAX_URL:
        raise BadUrl("too_long")
    if text.isascii() and text.isprintable() and " " not in text:
        return  # as most are
    if any(char.isspace() or unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise BadUrl("characters")


def _with_scheme(text: str) -> str:
    match = _SCHEME.match(text)
    if match is None:
        return "http://" + text.removeprefix("//")
    if match[1].lower() not in _DEFAULT_PORTS:
        raise BadUrl("scheme")
    if not text.startswith("//", match.end()):
        raise BadUrl("host")
    return text


def _host(netloc: str) -> str:
    """Return the host in the only form that the resolver and the TLS check are ever given."""
    if netloc.startswith("["):
        literal, bracket, rest = netloc[1:].partition("]")
        if not bracket or "%" in literal or (rest and not rest.startswith(":")):
            raise BadUrl("host")
        try:
            return f"[{ipaddress.IPv6Address(literal)}]"
        except ValueError:
            raise BadUrl("host") from None
    try:
        return _encoded(netloc.partition(":")[0])
    except (UnicodeError, IndexError):
        raise BadUrl("host") from None


@lru_cache(4096)  # a test opens the same site again and again
def _encoded(host: str) -> str:
    mapped = idna.uts46_remap(host, std3_rules=False)
    encoded = ".".join(map(_label, mapped.removesuffix(".").split(".")))
    if len(encoded) > MAX_HOST:
        raise BadUrl("host")
    return encoded + "." * mapped.endswith(".")


def _label(label: str) -> str:
    """Return a part of a name in ASCII: as it is, where IDNA has no say in it."""
    if _LABEL.fullmatch(label) and not label.startswith("xn--"):
        return label
    return idna.alabel(label).decode("ascii")


def _port(parts: SplitResult) -> str:
    """Return the port with its colon, or "" for the scheme's own."""
    try:
        port = parts.port
    except ValueError:
        raise BadUrl("port") from None
    if port == 0:
        raise BadUrl("port")
    return "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
