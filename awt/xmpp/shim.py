"""wokkel on today's Twisted: how it is imported, what is mended in it, and its types; nowhere else.

wokkel 18.0.0 wants names that Twisted has deprecated, and parses every JID anew with stringprep, which
would be four fifths of the work for a message. The rest of `awt.xmpp` imports wokkel from here.
"""

import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python import compat
from twisted.words.protocols.jabber import component as words_component
from twisted.words.protocols.jabber import error, jid, xmlstream
from twisted.words.protocols.jabber.jid import JID, InvalidFormat
from twisted.words.xish import domish
from twisted.words.xish.domish import SerializedXML

log = Logger()

JIDS: Final = 65536
"""Parsed JIDs that are remembered."""


@lru_cache(JIDS)
def parse_jid(text: str) -> JID:
    """Return a JID, prepared as RFC 6122 says; raises `InvalidFormat`. Equal texts give one object."""
    return JID(text)


def _import_wokkel() -> None:
    """Give Twisted back what wokkel takes from it, and let nothing keep every JID for ever."""
    names: dict[str, Any] = {
        "_PY3": True,
        "unicode": str,
        "StringType": str,
        "iteritems": lambda mapping: iter(mapping.items()),
        "itervalues": lambda mapping: iter(mapping.values()),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name, value in names.items():
            if not hasattr(compat, name):
                setattr(compat, name, value)
        for owner, name in ((jid, "internJID"), (words_component, "JID")):
            setattr(owner, name, parse_jid)
        for module_name in ("data_form", "disco", "generic", "ping", "subprotocols", "xmppim"):
            module = import_module(f"wokkel.{module_name}")
            for name in names.keys() & vars(module).keys():
                setattr(module, name, names[name])  # Twisted's own warn at each call


_import_wokkel()

from wokkel import data_form, disco, generic, iwokkel, ping, subprotocols, xmppim  # noqa: E402

__all__ = [
    "JID",
    "Commands",
    "Disco",
    "DiscoFeature",
    "DiscoIdentity",
    "DiscoItem",
    "Element",
    "Factory",
    "Fallback",
    "Field",
    "Form",
    "Handler",
    "IDisco",
    "InvalidFormat",
    "Manager",
    "Option",
    "Ping",
    "Presence",
    "SerializedXML",
    "Silence",
    "StanzaError",
    "Stream",
    "StreamError",
    "Version",
    "find_form",
    "parse_jid",
    "request",
    "xml_lang",
]

Element = domish.Element
StanzaError = error.StanzaError
StreamError = error.StreamError
Silence = xmlstream.TimeoutError
"""A request that nobody answered in time."""
Form = data_form.Form
Field = data_form.Field
Option = data_form.Option
DiscoFeature = disco.DiscoFeature
DiscoIdentity = disco.DiscoIdentity
DiscoItem = disco.DiscoItem
IDisco = iwokkel.IDisco
find_form: Callable[[Any, str], Any] = data_form.findForm

XML: Final = "http://www.w3.org/XML/1998/namespace"


def xml_lang(element: Any) -> str:
    """Return what ``xml:lang`` of an element says, empty where it says nothing."""
    return str(element.attributes.get((XML, "lang"), ""))


class Sends(Protocol):
    """What a handler writes to."""

    def send(self, obj: Any) -> None:
        """Write an element, or XML as it is."""

    def request(self, request: Any) -> "Deferred[Any]":
        """Send a request; the result fires with the answer or fails with `StanzaError` or `Silence`."""


class Stream(xmlstream.XmlStream):
    """A stream whose stanzas are offered to one function before wokkel's observers.

    Most of them are messages and our own pings; comparing each with the paths of all observers would
    cost more than the rest of its way.
    """

    take: Callable[[Any], bool] | None = None
    """Tells whether it took a stanza; what it did not goes to the observers."""

    def onElement(self, element: Any) -> None:  # noqa: N802 - Twisted's name
        """Handle one stanza; an error in it is logged and ends neither the stream nor the rest."""
        try:
            taken = self.take is not None and self.take(element)
        except Exception:  # noqa: BLE001 - one strange stanza must not stop the others
            sender = element.getAttribute("from")
            log.failure("cannot handle a stanza of {sender}", sender=sender)
            return
        if not taken:
            super().onElement(element)  # type: ignore[no-untyped-call]

    def onDocumentEnd(self) -> None:  # noqa: N802 - Twisted's name
        """Close the connection; one that has lost it already has nothing to close."""
        if self.transport is not None:
            self.transport.loseConnection()


class Factory(xmlstream.XmlStreamFactory):
    """Makes streams that authenticate as a component. It never reconnects by itself."""

    protocol: Any = Stream
    noisy = False

    def __init__(self, domain: str, secret: str) -> None:
        authenticator = words_component.ConnectComponentAuthenticator(domain, secret)
        super().__init__(authenticator)  # type: ignore[no-untyped-call]
        self.continueTrying = 0


class Manager(subprotocols.StreamManager):  # type: ignore[misc] # wokkel has no types
    """wokkel's stream manager, which keeps nothing for a stream that is not there.

    What was not written was not sent: whoever wants it sent again holds it until it is confirmed.
    """

    xmlstream: Any
    _initialized: bool

    def __init__(self, factory: Factory, *, reactor: Any) -> None:
        super().__init__(factory, reactor)

    @property
    def ready(self) -> bool:
        """Whether stanzas can be sent."""
        return bool(self._initialized) and self.xmlstream is not None

    def send(self, obj: Any) -> None:
        """Write an element, or XML as it is; nothing where there is no stream."""
        if self.ready:
            self.xmlstream.send(obj)


class Handler(subprotocols.XMPPHandler):  # type: ignore[misc] # wokkel has no types
    """A protocol of its own on a component; `xmlstream` is its stream, `send` writes."""

    parent: Any
    xmlstream: Any

    def connectionInitialized(self) -> None:  # noqa: N802 - Twisted's name
        """Begin: the stream is authenticated."""


class Commands(Handler, subprotocols.IQHandlerMixin):  # type: ignore[misc] # wokkel has no types
    """A handler of requests: ``iqHandlers`` maps paths to the names of methods.

    A method returns the answer's payload, or a Deferred of it, or raises a `StanzaError`.
    """

    iqHandlers: dict[str, str] = {}  # noqa: N815, RUF012 - wokkel's way


class Presence(xmppim.PresenceProtocol):  # type: ignore[misc] # wokkel has no types
    """wokkel's presence; its texts are not looked at, for reading one in two languages never ends."""

    parent: Any
    xmlstream: Any

    def connectionInitialized(self) -> None:  # noqa: N802 - Twisted's name
        """Begin to listen."""
        super().connectionInitialized()


class Disco(disco.DiscoHandler):  # type: ignore[misc] # wokkel has no types
    """Answers what the handlers beside it say of themselves (XEP-0030)."""


class Version(generic.VersionHandler):  # type: ignore[misc] # wokkel has no types
    """Answers name and version (XEP-0092)."""


class Ping(ping.PingHandler):  # type: ignore[misc] # wokkel has no types
    """Answers pings (XEP-0199)."""


class Fallback(generic.FallbackHandler):  # type: ignore[misc] # wokkel has no types
    """Answers requests that nobody else answered (RFC 6120, 8.2.3)."""


def request(kind: str, *, sender: str, to: str, payload: Element, seconds: float) -> Any:
    """Return a request for `Manager.request`, with an id that no other process makes."""
    made = _Request(recipient=parse_jid(to), sender=parse_jid(sender), stanzaType=kind)
    made.stanzaID = str(uuid.uuid4())
    made.timeout = seconds
    made.payload = payload
    return made


class _Request(generic.Request):  # type: ignore[misc] # wokkel has no types
    payload: Any = None

    def toElement(self) -> Any:  # noqa: N802 - wokkel's name
        element = super().toElement()
        element.addChild(self.payload)
        return element


def elements(parent: Any) -> Iterator[Any]:
    """Go through the children of an element that are elements themselves."""
    return (child for child in parent.children if not isinstance(child, str))


def form_of(*, title: str, text: str, fields: Iterable[Any] = ()) -> Any:
    """Return a form (XEP-0004) with a line of text for each line, and fields."""
    form = Form("form", title=title)
    for one in [*(Field("fixed", value=line) for line in text.splitlines() if line), *fields]:
        form.addField(one)
    return form
