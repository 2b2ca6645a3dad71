"""IM addresses: one normal form each, so that one person is one row."""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import Final

import idna
from precis_i18n import get_profile

from awt.model.status import KINDS

ADDRESS_MAX: Final = 320
"""Longest address kept, in characters."""
LOCALPART_MAX: Final = 1023
"""Longest part before the @ of a JID, in bytes (RFC 7622)."""

_LOCALPART = get_profile("UsernameCaseMapped")
_LOCALPART_FORBIDDEN = frozenset("\"&'/:<>@ ")
_WEBCHAT = re.compile(r"[0-9a-f]{32}")
_SKYPE = re.compile(r"(?:[a-z]|live:(?:\.cid\.)?[a-z0-9])[a-z0-9._,-]{2,63}", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class BadAddress(ValueError):
    """The text is no address of that kind of IM."""


def normalise(kind: str, address: str) -> str:
    """Return the stored form of an address; raise `BadAddress` where there is none.

    JIDs are made bare and prepared by RFC 7622 (localpart by the UsernameCaseMapped profile of
    RFC 8265, domain by IDNA). A JID without a localpart speaks for a server and is refused.
    """
    if kind not in KINDS:
        raise BadAddress(kind)
    if len(address) > ADDRESS_MAX * 2:
        raise BadAddress("too long")
    address = address.strip()
    if kind == "jabber":
        return _jid(address)
    if kind == "webchat":
        if not _WEBCHAT.fullmatch(address):
            raise BadAddress(address)
        return address
    folded = unicodedata.normalize("NFC", address).casefold()
    if kind == "skype":
        if not _SKYPE.fullmatch(folded):
            raise BadAddress(address)
        return folded
    if (
        not folded
        or len(folded) > ADDRESS_MAX
        or any(c.isspace() or not c.isprintable() for c in folded)
    ):
        raise BadAddress(address)
    return folded


def guess(text: str) -> tuple[str, str]:
    """Return what kind of IM an address is of, and the address, as people write them.

    The kind may stand before it: ``skype ann.lee``. Else it is told by the shape of the address.
    """
    first, _, rest = text.strip().partition(" ")
    if rest and first.lower() in KINDS:
        return first.lower(), rest.strip()
    address = text.strip().removeprefix("xmpp:")
    if address.startswith("@"):
        return ("matrix" if ":" in address else "telegram"), address
    return ("jabber" if "@" in address else "skype"), address


def _jid(address: str) -> str:
    bare = address.partition("/")[0]
    local, at, domain = bare.partition("@")
    if not at or not local or not domain:
        raise BadAddress(address)
    try:
        local = _LOCALPART.enforce(local)
    except UnicodeError as error:
        raise BadAddress(address) from error
    if _LOCALPART_FORBIDDEN & set(local) or len(local.encode()) > LOCALPART_MAX:
        raise BadAddress(address)
    jid = f"{local}@{_domain(domain)}"
    if len(jid) > ADDRESS_MAX:
        raise BadAddress(address)
    return jid


def _domain(domain: str) -> str:
    """Return a domain as its U-label form's A-label, lower case, without the dot of the root."""
    domain = domain.removesuffix(".")
    if domain.startswith("[") and domain.endswith("]") and "%" not in domain:
        try:
            return f"[{ipaddress.IPv6Address(domain[1:-1])}]"
        except ValueError as error:
            raise BadAddress(domain) from error
    try:
        ascii_form = idna.encode(domain, uts46=True, transitional=False).decode().lower()
    except UnicodeError as error:
        raise BadAddress(domain) from error
    if not all(_LABEL.fullmatch(label) for label in ascii_form.split(".")):
        raise BadAddress(domain)
    return ascii_form


@lru_cache(4096)
def network_of(ip: str) -> str:
    """Return the network that limits count an IP address in: /24 for IPv4, /56 for IPv6.

    An IPv4 address mapped into IPv6 counts as IPv4; no address (a Unix socket) counts as
    ``local``, and what is none as ``unknown``.
    """
    try:
        parsed = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return "local" if not ip or ip.startswith("/") else "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if isinstance(parsed, ipaddress.IPv4Address) else 56
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


THIS_MACHINE: Final = frozenset({"127.0.0.0/24", "::/56", "local"})
"""Networks of the machine itself: its operator, or a proxy that does not say for whom it asks."""
THIS_MACHINE_FACTOR: Final = 100


def network_factor(network: str) -> int:
    """Return by how much the limits of a network are larger than those of a stranger's."""
    return THIS_MACHINE_FACTOR if network in THIS_MACHINE else 1
