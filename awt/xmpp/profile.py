"""What an assistant is to programs: disco (XEP-0030), caps (XEP-0115), vCard and avatar (XEP-0054, -0153)."""

import base64
import hashlib
from importlib import resources
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from awt import __version__
from awt.xmpp.shim import (
    Commands,
    DiscoFeature,
    DiscoIdentity,
    DiscoItem,
    Element,
    IDisco,
    parse_jid,
)

CAPS: Final = "http://jabber.org/protocol/caps"
COMMANDS: Final = "http://jabber.org/protocol/commands"
VCARD: Final = "vcard-temp"
FEATURES: Final = (
    "http://jabber.org/protocol/caps",
    "http://jabber.org/protocol/chatstates",
    COMMANDS,
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    "jabber:iq:version",
    "jabber:x:data",
    "urn:xmpp:ping",
    "urn:xmpp:receipts",
    VCARD,
)
"""What every assistant can do, as feature names of the XEPs."""
CATEGORY: Final = "client"
TYPE: Final = "bot"
AVATAR: Final = resources.files("awt.xmpp").joinpath("avatar.png").read_bytes()


def caps_hash(name: str) -> str:
    """Return the verification string of an assistant (XEP-0115, section 5.1)."""
    text = f"{CATEGORY}/{TYPE}//{name}<" + "".join(f"{feature}<" for feature in sorted(FEATURES))
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


def presence_extras(*, name: str, site_url: str) -> str:
    """Return the XML that goes with every available presence of an assistant."""
    photo = hashlib.sha1(AVATAR, usedforsecurity=False).hexdigest()
    return (
        f"<c xmlns='{CAPS}' hash='sha-1' node='{site_url}' ver='{caps_hash(name)}'/>"
        f"<x xmlns='vcard-temp:x:update'><photo>{photo}</photo></x>"
    )


@implementer(IDisco)
class Profile(Commands):
    """Says what the assistant and its component are, and shows the vCard of the assistant."""

    iqHandlers = {f"/iq[@type='get']/vCard[@xmlns='{VCARD}']": "vcard"}  # noqa: N815, RUF012 - wokkel's way

    def __init__(self, *, bot: str, domain: str, name: str, site_url: str) -> None:
        super().__init__()
        self._bot = bot
        self._domain = domain
        self._name = name
        self._site_url = site_url

    def connectionInitialized(self) -> None:  # noqa: N802 - Twisted's name
        """Begin to answer."""
        for path in self.iqHandlers:
            self.xmlstream.addObserver(path, self.handleRequest)

    def vcard(self, _iq: Any) -> Any:
        """Return the vCard."""
        card = Element((VCARD, "vCard"))
        card.addElement("FN", content=self._name)
        card.addElement("URL", content=self._site_url)
        card.addElement("JABBERID", content=self._bot)
        card.addElement("DESC", content=f"awt {__version__}")
        photo = card.addElement("PHOTO")
        photo.addElement("TYPE", content="image/png")
        photo.addElement("BINVAL", content=base64.b64encode(AVATAR).decode())
        return card

    def getDiscoInfo(self, _requestor: Any, target: Any, node: str = "") -> "Deferred[Any]":  # noqa: N802
        """Return identity and features of the assistant, or the identity of its component."""
        if target.userhost() != self._bot:
            return succeed([DiscoIdentity("component", "generic", self._name)] if not node else [])
        if node not in {"", f"{self._site_url}#{caps_hash(self._name)}"}:
            return succeed([])
        identity = DiscoIdentity(CATEGORY, TYPE, self._name)
        return succeed([identity, *(DiscoFeature(feature) for feature in FEATURES)])

    def getDiscoItems(self, _requestor: Any, target: Any, node: str = "") -> "Deferred[Any]":  # noqa: N802
        """Return the assistant as what is to be found at its component."""
        if node or target.userhost() == self._bot:
            return succeed([])
        return succeed([DiscoItem(parse_jid(self._bot), name=self._name)])
