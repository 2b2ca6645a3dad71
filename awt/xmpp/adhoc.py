"""The commands of the chat as menus and forms (XEP-0050, XEP-0004).

A command that is run from a menu is said in the chat like any other, from the same sender; its answer is
caught on its way out and shown as a form, its choices as a list that goes on. An answer that nobody waits
for any more comes as a message.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger
from zope.interface import implementer

from awt.model.messages import Choice
from awt.transport.lease import Call
from awt.xmpp.profile import COMMANDS
from awt.xmpp.shim import (
    Commands,
    DiscoFeature,
    DiscoIdentity,
    DiscoItem,
    Element,
    Field,
    Form,
    IDisco,
    Option,
    StanzaError,
    form_of,
    parse_jid,
    xml_lang,
)
from awt.xmpp.stanzas import address_of

log = Logger()

ANSWER_SECONDS: Final = 5.0
"""How long a command may take; then its answer comes as a message."""
SESSIONS: Final = 1000
"""Sessions that are remembered, the oldest forgotten first."""
ARGUMENTS: Final = "arguments"
NEXT: Final = "next"

Say = Callable[[str, str, str, str], Awaitable[None]]
"""Says a text for a sender, in a language, under the id that the answer replies to."""


@frozen(kw_only=True)
class Session:
    """A command under way: whose it is, and the command that its form is for, if it has one."""

    sender: str
    node: str
    asks: bool


@implementer(IDisco)
class AdHoc(Commands):
    """Runs the commands of one assistant."""

    iqHandlers = {f"/iq[@type='set']/command[@xmlns='{COMMANDS}']": "command"}  # noqa: N815, RUF012 - wokkel's way

    def __init__(self, *, service: str, bot: str, call: Call, say: Say, reactor: Any) -> None:
        super().__init__()
        self._service = service
        self._bot = bot
        self._call = call
        self._say = say
        self._reactor = reactor
        self._sessions: dict[str, Session] = {}
        self._answers: dict[str, Deferred[tuple[str, Sequence[Choice]]]] = {}

    def connectionInitialized(self) -> None:  # noqa: N802 - Twisted's name
        """Begin to answer."""
        for path in self.iqHandlers:
            self.xmlstream.addObserver(path, self.handleRequest)

    def catch(self, reply_to: str, text: str, choices: Sequence[Choice]) -> bool:
        """Take the answer to a command that was run here; False when nobody waits for it."""
        waiting = self._answers.pop(reply_to, None)
        if waiting is None:
            return False
        waiting.callback((text, choices))
        return True

    # -- discovery

    def getDiscoInfo(self, _requestor: Any, target: Any, node: str = "") -> "Deferred[Any]":  # noqa: N802
        """Return what the list of commands is, or one of them."""
        if target.userhost() != self._bot or not node or "#" in node.replace(COMMANDS, ""):
            return succeed([])
        if node == COMMANDS:
            return succeed([DiscoIdentity("automation", "command-list")])
        kind = DiscoIdentity("automation", "command-node", node)
        return succeed([kind, DiscoFeature(COMMANDS), DiscoFeature("jabber:x:data")])

    def getDiscoItems(self, _requestor: Any, target: Any, node: str = "") -> "Deferred[Any]":  # noqa: N802
        """Return the commands."""
        if target.userhost() != self._bot or node != COMMANDS:
            return succeed([])
        return Deferred.fromCoroutine(self._items())

    async def _items(self) -> list[Any]:
        bot = parse_jid(self._bot)
        return [DiscoItem(bot, c.name, f"#{c.name}: {c.help}") for c in await self._commands("")]

    async def _commands(self, lang: str) -> list[Any]:
        try:
            found = await self._call("ListCommands", {"service": self._service, "lang": lang})
        except Exception as error:
            log.warn("no commands of {service}: {why}", service=self._service, why=str(error))
            raise StanzaError("remote-server-timeout", type="wait") from error
        commands: list[Any] = found.commands
        return commands

    # -- running

    def command(self, iq: Any) -> "Deferred[Any]":
        """Run a command, or go on with its session."""
        sender = iq.getAttribute("from")
        if iq.getAttribute("to") != self._bot or address_of(sender) is None:
            raise StanzaError("item-not-found")
        element = iq.command
        lang = (xml_lang(element) or xml_lang(iq))[:2].lower()
        return Deferred.fromCoroutine(self._run(element, sender, lang))

    async def _run(self, element: Any, sender: str, lang: str) -> Any:
        node = element.getAttribute("node", "")
        session_id = element.getAttribute("sessionid")
        action = element.getAttribute("action", "execute")
        if session_id is None:
            return await self._first(node, sender, lang)
        session = self._sessions.pop(session_id, None)
        if session is None or session.sender != sender or session.node != node:
            raise StanzaError("bad-request", text="session-expired")
        if action == "cancel":
            return _answer(node, session_id, "canceled")
        values = _values(element)
        arguments = f"#{node} {values.get(ARGUMENTS, '')}".strip()
        text = arguments if session.asks else values.get(NEXT, "")
        if not text or (action == "complete" and not values):
            return _answer(node, session_id, "completed")
        return await self._perform(session, session_id, text, lang)

    async def _first(self, node: str, sender: str, lang: str) -> Any:
        known = {command.name: command for command in await self._commands(lang)}
        if node not in known:
            raise StanzaError("item-not-found")
        command = known[node]
        session_id = str(uuid.uuid4())
        if " " not in command.usage:
            session = Session(sender=sender, node=node, asks=False)
            return await self._perform(session, session_id, f"#{node}", lang)
        self._remember(session_id, Session(sender=sender, node=node, asks=True))
        field = Field("text-single", ARGUMENTS, label=command.usage)
        form = form_of(title=f"#{node}", text=f"{command.usage}\n{command.help}", fields=[field])
        return _answer(node, session_id, "executing", form, actions=("complete",))

    async def _perform(self, session: Session, session_id: str, text: str, lang: str) -> Any:
        """Say a text and show what is answered."""
        message_id = str(uuid.uuid4())
        answered: Deferred[tuple[str, Sequence[Choice]]] = Deferred()
        self._answers[message_id] = answered
        try:
            await self._say(session.sender, text, lang, message_id)
        except Exception as error:
            self._answers.pop(message_id, None)  # it may have been taken and answered all the same
            log.warn("a command was not taken: {why}", why=str(error))
            raise StanzaError("resource-constraint", type="wait") from error
        _ = answered.addTimeout(ANSWER_SECONDS, self._reactor)
        try:
            said, choices = await answered
        except DeferredTimeout:
            self._answers.pop(message_id, None)
            return _answer(session.node, session_id, "completed", note=text)
        if not choices:
            form = form_of(title=text, text=said)
            form.formType = "result"
            return _answer(session.node, session_id, "completed", form)
        self._remember(session_id, Session(sender=session.sender, node=session.node, asks=False))
        options = [Option(choice.send, choice.label) for choice in choices]
        field = Field("list-single", NEXT, options=options)
        form = form_of(title=text, text=said, fields=[field])
        return _answer(session.node, session_id, "executing", form, actions=("next", "complete"))

    def _remember(self, session_id: str, session: Session) -> None:
        self._sessions[session_id] = session
        if len(self._sessions) > SESSIONS:
            del self._sessions[next(iter(self._sessions))]


def _values(element: Any) -> dict[str, str]:
    """Return the fields of a submitted form."""
    found: dict[str, str] = {}
    for child in element.elements("jabber:x:data", "x"):
        form = Form.fromElement(child)
        for field in form.fieldList:
            if field.var:
                found[field.var] = "\n".join(str(value) for value in field.values)
    return found


def _answer(
    node: str,
    session_id: str,
    status: str,
    form: Any = None,
    *,
    actions: tuple[str, ...] = (),
    note: str = "",
) -> Any:
    command = Element((COMMANDS, "command"))
    command.attributes |= {"node": node, "sessionid": session_id, "status": status}
    if actions:
        shown = command.addElement("actions")
        shown["execute"] = actions[0]
        for action in actions:
            shown.addElement(action)
    if note:
        command.addElement("note", content=note)["type"] = "info"
    if form is not None:
        command.addChild(form.toElement())
    return command
