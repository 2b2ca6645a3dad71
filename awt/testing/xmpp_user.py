"""Somebody with a Jabber client (slixmpp), who shares no code with what is tested.

    with XmppUser("ann@localhost", port=prosody.port) as ann:
        message_id = ann.say(bot, "hello")
        ann.receipt(message_id)
        link = ann.expect(bot).link

Everything blocks; the clients live in one thread of their own. In a test that shares its thread with a
reactor, call it by ``deferToThread``.
"""

import asyncio
import atexit
import threading
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from xml.etree import ElementTree as ET

from attrs import field, frozen
from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.xmlstream import NotConnectedError

from awt.testing.process import PATIENCE, ServerError
from awt.testing.site import LINK

T = TypeVar("T")

CLIENT: Final = "{jabber:client}"
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"
COMMANDS: Final = "http://jabber.org/protocol/commands"
FORMS: Final = "jabber:x:data"
MAM: Final = "urn:xmpp:mam:2"
SECONDS: Final = 20.0
"""Seconds to wait for the server's own answers."""
ATTEMPT: Final = 5.0
"""Seconds that one attempt to sign in may take; the next one may find the server awake."""

AT_ONCE: Final = 4
"""Clients that sign in at the same time: each keeps the thread busy for a while."""


@frozen(kw_only=True)
class Stanza:
    """A stanza that came. ``kind`` is message, presence or iq, ``sender`` the bare JID."""

    kind: str
    type: str
    id: str
    sender: str
    full_sender: str
    body: str
    xml: ET.Element = field(repr=False, eq=False)
    archived: bool = False
    """It was in the server's archive, and never came by itself."""

    @property
    def link(self) -> str:
        """The link in the text; a LookupError without one."""
        found = LINK.search(self.body)
        if found is None:
            raise LookupError(f"no link in {self.body!r}")
        return found.group()

    def child(self, name: str) -> ET.Element | None:
        """Return the first child of a name ``{namespace}name``."""
        return self.xml.find(name)


@frozen(kw_only=True)
class Form:
    """What a command answers (XEP-0050): ``choices`` are the options of a list, label by value."""

    session: str
    status: str
    text: str
    fields: dict[str, str]
    choices: dict[str, str]
    actions: tuple[str, ...]


class _Thread:
    """The thread of all clients."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.few = threading.BoundedSemaphore(AT_ONCE)
        self._runs = threading.Thread(target=self.loop.run_forever, name="xmpp-users", daemon=True)
        self._runs.start()
        atexit.register(self._end)

    def _end(self) -> None:
        """End everything that runs there, when the process ends."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self.loop)
        self._runs.join(ATTEMPT)

    def run(self, work: Coroutine[Any, Any, T], *, seconds: float = SECONDS) -> T:
        """Run a coroutine there and return its result; after a TimeoutError it runs no more."""
        running = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return running.result(seconds)
        except TimeoutError:
            running.cancel()
            raise


async def _cancel_all() -> None:
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    loop.call_soon(loop.stop)


_thread: _Thread | None = None


def _the_thread() -> _Thread:
    global _thread  # noqa: PLW0603 - one for the process, made when it is needed
    if _thread is None:
        _thread = _Thread()
    return _thread


class XmppUser:
    """A user with one client. What comes is kept in ``inbox``, in order, across `reconnect`.

    With ``authority``, a PEM file, it insists on TLS with a certificate that this vouches for.
    """

    def __init__(
        self,
        jid: str,
        *,
        port: int,
        password: str = "any",
        authority: Path | None = None,
        resource: str = "client",
        priority: int = 0,
        lang: str = "en",
    ) -> None:
        self.jid = jid
        self._password = password
        self._authority = authority
        self.inbox: list[Stanza] = []
        self._port = port
        self._resource = resource
        self._priority = priority
        self._lang = lang
        self._news = threading.Condition()
        self._read = 0
        self._client: ClientXMPP | None = None
        self._thread = _the_thread()

    @property
    def full_jid(self) -> str:
        """The JID with the resource."""
        return f"{self.jid}/{self._resource}"

    @property
    def client(self) -> ClientXMPP:
        """Slixmpp's client; a ServerError while this one is offline."""
        if self._client is None:
            raise ServerError(f"{self.jid} is offline")
        return self._client

    @property
    def online(self) -> bool:
        """Whether the client believes that it is connected."""
        return self._client is not None and self._client.is_connected()

    # -- coming and going

    def connect(self, *, seconds: float = PATIENCE, available: bool = True) -> Self:
        """Sign in and, unless told otherwise, be seen. A ServerError if that takes too long."""
        deadline = time.monotonic() + seconds
        while not self._try_to_connect(min(ATTEMPT, seconds), available):
            if time.monotonic() > deadline:
                raise ServerError(f"{self.jid} cannot sign in within {seconds} s")
        return self

    def _try_to_connect(self, seconds: float, available: bool) -> bool:  # noqa: FBT001
        with self._thread.few:
            try:
                self._thread.run(self._connect(), seconds=seconds)
                if available:
                    # Only who has asked for it is told of answers to requests (RFC 6121, 3.1.6).
                    self.roster(seconds=seconds)
                    self.presence()
            except (TimeoutError, OSError, ServerError):
                self.vanish()
                return False
            return True

    async def _connect(self) -> None:
        client = ClientXMPP(self.full_jid, self._password, lang=self._lang)
        self._client = client
        client.enable_direct_tls = False
        client.enable_starttls = self._authority is not None
        client.enable_plaintext = not client.enable_starttls
        client.ca_certs = self._authority
        mechanisms = client.plugin["feature_mechanisms"]
        mechanisms.unencrypted_plain = mechanisms.unencrypted_scram = True
        client.auto_authorize = None
        client.auto_subscribe = False
        client.whitespace_keepalive = False
        client.add_filter("in", self._came)
        started: asyncio.Future[None] = self._thread.loop.create_future()
        client.add_event_handler(
            "session_start", lambda _: None if started.done() else started.set_result(None)
        )
        _ = client.connect("127.0.0.1", self._port)
        await started

    def disconnect(self) -> None:
        """Say goodbye."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(TimeoutError):
                self._thread.run(_leave(client, wait=1.0))

    def vanish(self) -> None:
        """Lose the connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(TimeoutError):
                self._thread.run(_abort(client))

    def reconnect(self, *, seconds: float = PATIENCE) -> None:
        """Sign in again, and fetch from the archive what was missed meanwhile (XEP-0313)."""
        self.vanish()
        self.connect(seconds=seconds)
        self.catch_up(seconds=min(SECONDS, seconds))

    def catch_up(self, *, seconds: float = SECONDS) -> None:
        """Fetch from the server's archive what did not come."""
        self.iq("set", None, f"<query xmlns='{MAM}' queryid='missed'/>", seconds=seconds)

    def __enter__(self) -> Self:
        return self.connect()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.disconnect()

    # -- sending

    def say(
        self,
        to: str,
        text: str,
        *,
        message_id: str | None = None,
        receipt: bool = True,
        state: str = "",
        type_: str = "chat",
        extra: str = "",
    ) -> str:
        """Send a message and return its id. ``state`` is a chat state, ``extra`` further XML."""
        message_id = message_id or str(uuid.uuid4())
        asks = "<request xmlns='urn:xmpp:receipts'/>" if receipt else ""
        state = f"<{state} xmlns='{CHAT_STATES}'/>" if state else ""
        body = ET.Element("body")
        body.text = text
        said = ET.tostring(body, encoding="unicode")
        kind = f" type='{type_}'" if type_ else ""
        self.send(
            f"<message to='{_quoted(to)}' id='{message_id}'{kind}>{said}{asks}{state}{extra}</message>"
        )
        return message_id

    def send(self, xml: str) -> None:
        """Send XML as it is; a ServerError where there is no connection."""
        try:
            self._thread.run(_send(self.client, xml))
        except NotConnectedError:
            raise ServerError(f"{self.jid} has lost its connection") from None

    def presence(self, type_: str = "", *, to: str = "", status: str = "") -> None:
        """Send presence: available, or of another type, to everybody or to one."""
        where = f" to='{_quoted(to)}'" if to else ""
        kind = f" type='{type_}'" if type_ else ""
        inside = f"<priority>{self._priority}</priority>" if not kind else ""
        inside += f"<status>{status}</status>" if status else ""
        self.send(f"<presence{where}{kind}>{inside}</presence>")

    def subscribe(self, to: str) -> None:
        """Ask to see somebody."""
        self.presence("subscribe", to=to)

    def authorise(self, to: str) -> None:
        """Let somebody see this user."""
        self.presence("subscribed", to=to)

    def refuse(self, to: str) -> None:
        """Let somebody not see this user any more."""
        self.presence("unsubscribed", to=to)

    def remove(self, to: str) -> None:
        """Take somebody out of the contacts."""
        query = f"<item jid='{_quoted(to)}' subscription='remove'/>"
        self.iq("set", None, f"<query xmlns='jabber:iq:roster'>{query}</query>")

    def roster(self, *, seconds: float = SECONDS) -> dict[str, str]:
        """Return the contacts and how each stands to this user: none, to, from, both."""
        answer = self.iq("get", None, "<query xmlns='jabber:iq:roster'/>", seconds=seconds)
        return {
            item.attrib["jid"]: item.attrib["subscription"]
            for item in answer.iter("{jabber:iq:roster}item")
        }

    # -- asking

    def iq(
        self, type_: str, to: str | None, payload: str, *, seconds: float = SECONDS
    ) -> ET.Element:
        """Send a request and return the answer; raises slixmpp's IqError, or a ServerError."""
        try:
            return self._thread.run(
                _iq(self.client, type_, to, payload, seconds), seconds=seconds + 1
            )
        except (IqTimeout, TimeoutError, NotConnectedError):
            raise ServerError(f"no answer from {to}: {payload[:200]}") from None

    def ping(self, to: str, *, seconds: float = SECONDS) -> bool:
        """Tell whether somebody answers a ping (XEP-0199)."""
        try:
            self.iq("get", to, "<ping xmlns='urn:xmpp:ping'/>", seconds=seconds)
        except (ServerError, IqError):
            return False
        return True

    def plugin(self, name: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a slixmpp plugin and wait for its answer."""
        return self._thread.run(_plugin(self.client, name, method, args, kwargs))

    def knows(self, plugin: str) -> None:
        """Let the client say that it knows a XEP, by the name of slixmpp's plugin."""
        self._thread.run(_register(self.client, plugin))

    def features(self, of: str) -> set[str]:
        """Return the features of somebody (XEP-0030)."""
        info = self.plugin("xep_0030", "get_info", jid=of)["disco_info"]
        return set(info["features"])

    def commands(self, of: str) -> dict[str, str]:
        """Return the names of somebody's commands by their node (XEP-0050)."""
        items = self.plugin("xep_0030", "get_items", jid=of, node=COMMANDS)["disco_items"]
        return {node: name for _jid, node, name in items["items"]}

    def command(
        self, of: str, node: str, *, session: str = "", action: str = "execute", **values: str
    ) -> Form:
        """Run a command, or go on with its session, and return what it shows."""
        session_ = f" sessionid='{session}'" if session else ""
        fields = "".join(
            f"<field var='{name}'><value>{_escaped(value)}</value></field>"
            for name, value in values.items()
        )
        form = f"<x xmlns='{FORMS}' type='submit'>{fields}</x>" if values else ""
        answer = self.iq(
            "set",
            of,
            f"<command xmlns='{COMMANDS}' node='{node}' action='{action}'{session_}>{form}</command>",
            seconds=PATIENCE,
        )
        return _form(answer)

    # -- reading

    def expect(
        self,
        sender: str = "",
        text: str = "",
        *,
        where: Callable[[Stanza], bool] | None = None,
        seconds: float = PATIENCE,
    ) -> Stanza:
        """Return the next message with a text, from somebody and with something in it.

        What came before it is skipped. A ServerError, with what came, after ``seconds``.
        """

        def fits(stanza: Stanza) -> bool:
            return (
                stanza.kind == "message"
                and stanza.type != "error"
                and bool(stanza.body)
                and (not sender or stanza.sender == sender)
                and text in stanza.body
                and (where is None or where(stanza))
            )

        return self.next(fits, seconds=seconds, what=f"message from {sender} with {text!r}")

    def expect_presence(self, sender: str, type_: str, *, seconds: float = PATIENCE) -> Stanza:
        """Return the next presence of a type (empty: available) from somebody."""
        return self.next(
            lambda s: s.kind == "presence" and s.sender == sender and s.type == type_,
            seconds=seconds,
            what=f"presence {type_!r} from {sender}",
        )

    def expect_error(self, message_id: str, *, seconds: float = PATIENCE) -> Stanza:
        """Return the error that answers a message of this user."""
        return self.next(
            lambda s: s.kind == "message" and s.type == "error" and s.id == message_id,
            seconds=seconds,
            what=f"error for {message_id}",
            skip=False,
        )

    def receipt(self, message_id: str, *, seconds: float = PATIENCE) -> Stanza:
        """Return the receipt for a message of this user (XEP-0184), whenever it came."""
        return self.next(
            lambda s: _received(s) == message_id,
            seconds=seconds,
            what=f"receipt for {message_id}",
            skip=False,
        )

    @property
    def receipts(self) -> set[str]:
        """The ids of all messages that were acknowledged."""
        return {message_id for s in list(self.inbox) if (message_id := _received(s))}

    def next(
        self,
        fits: Callable[[Stanza], bool],
        *,
        seconds: float = PATIENCE,
        what: str = "stanza",
        skip: bool = True,
    ) -> Stanza:
        """Return the next stanza that fits; with ``skip`` False the first one that ever came."""
        deadline = time.monotonic() + seconds
        at = self._read if skip else 0
        with self._news:
            while True:
                while at < len(self.inbox):
                    stanza = self.inbox[at]
                    at += 1
                    if fits(stanza):
                        if skip:
                            self._read = at
                        return stanza
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    shown = [(s.kind, s.type, s.sender, s.body[:80]) for s in self.inbox[-12:]]
                    raise ServerError(f"{self.jid} got no {what} in {seconds} s, but {shown}")

    def nothing(self, sender: str, *, after: str) -> bool:
        """Tell whether no message with a text came from somebody that `next` has not returned.

        ``after`` answers pings; what was on its way comes before that answer.
        """
        self.ping(after)
        return not [
            s
            for s in self.inbox[self._read :]
            if s.kind == "message" and s.sender == sender and s.body
        ]

    def skip(self) -> None:
        """Have read everything that came."""
        with self._news:
            self._read = len(self.inbox)

    def _came(self, stanza: Any) -> Any:
        xml = stanza.xml
        inner = xml.find(f"{{{MAM}}}result/{{urn:xmpp:forward:0}}forwarded/{CLIENT}message")
        if inner is not None:
            self._archived(inner)
            return stanza
        self._keep(_stanza(xml, archived=False))
        return stanza

    def _archived(self, xml: ET.Element) -> None:
        found = _stanza(xml, archived=True)
        known = any(
            s.id == found.id and s.sender == found.sender and s.kind == "message"
            for s in self.inbox
        )
        if found.sender != self.jid and not known:
            self._keep(found)

    def _keep(self, stanza: Stanza) -> None:
        with self._news:
            self.inbox.append(stanza)
            self._news.notify_all()


async def _leave(client: ClientXMPP, *, wait: float) -> None:
    await client.disconnect(wait=wait)
    _forget(client)


async def _abort(client: ClientXMPP) -> None:
    client.cancel_connection_attempt()
    client.abort()
    _forget(client)


def _forget(client: Any) -> None:
    """End what slixmpp leaves running."""
    for name in ("_run_out_filters", "_current_connection_attempt"):
        task = getattr(client, name, None)
        if task is not None:
            task.cancel()


async def _send(client: ClientXMPP, xml: str) -> None:
    client.send_raw(xml)


async def _iq(client: Any, type_: str, to: str | None, payload: str, seconds: float) -> ET.Element:
    iq = client.make_iq(ito=to, itype=type_)
    iq.append(ET.fromstring(payload))
    answer = await iq.send(timeout=seconds)
    xml: ET.Element = answer.xml
    return xml


async def _register(client: Any, name: str) -> None:
    client.register_plugin("xep_0030")
    client.register_plugin(name)


async def _plugin(
    client: Any, name: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if name not in client.plugin:
        client.register_plugin(name)
    return await getattr(client.plugin[name], method)(*args, **kwargs)


def _stanza(xml: ET.Element, *, archived: bool) -> Stanza:
    sender = xml.get("from", "")
    return Stanza(
        kind=xml.tag.rpartition("}")[2],
        type=xml.get("type", ""),
        id=xml.get("id", ""),
        sender=sender.partition("/")[0],
        full_sender=sender,
        body=xml.findtext(f"{CLIENT}body", ""),
        xml=xml,
        archived=archived,
    )


def _received(stanza: Stanza) -> str:
    found = stanza.child("{urn:xmpp:receipts}received") if stanza.kind == "message" else None
    return "" if found is None else found.get("id", "")


def _form(answer: ET.Element) -> Form:
    command = answer.find(f"{{{COMMANDS}}}command")
    if command is None:
        raise LookupError(ET.tostring(answer, encoding="unicode"))
    fields: dict[str, str] = {}
    choices: dict[str, str] = {}
    said = [note.text or "" for note in command.iter(f"{{{COMMANDS}}}note")]
    said += [text.text or "" for text in command.iter(f"{{{FORMS}}}instructions")]
    for one in command.iter(f"{{{FORMS}}}field"):
        values = [value.text or "" for value in one.findall(f"{{{FORMS}}}value")]
        if one.get("type") == "fixed":
            said += values
        else:
            fields[one.get("var", "")] = "\n".join(values)
        for option in one.findall(f"{{{FORMS}}}option"):
            choices[option.findtext(f"{{{FORMS}}}value", "")] = option.get("label", "")
    actions = command.find(f"{{{COMMANDS}}}actions")
    return Form(
        session=command.get("sessionid", ""),
        status=command.get("status", ""),
        text="\n".join(said),
        fields=fields,
        choices=choices,
        actions=tuple(one.tag.rpartition("}")[2] for one in actions) if actions is not None else (),
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return _escaped(text).replace("'", "&apos;")
