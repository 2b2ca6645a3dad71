"""Chats without a network and without a reactor: what is said runs through the gate in this thread.

world = World("sqlite:////tmp/somewhere/awt.db")
ann = world.chat("jabber", "ann@example.org")
[letter] = ann.say("hello")
world.click(letter.link)
ann.say("#menu")
"""

import itertools
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

from attrs import frozen
from sqlalchemy import delete

from awt.api import registration, signing
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.signing import LinkFields, SignedIn
from awt.chat.commands import COMMANDS
from awt.chat.gate import Gate, Hear, ImEvent
from awt.chat.talk import Command
from awt.db import outbox, services, users
from awt.db.engine import Database
from awt.db.schema import metadata
from awt.db.tx import Tx
from awt.db.users import User
from awt.local import LocalCache, LocalSignals, SystemChance
from awt.model.address import BadAddress, normalise
from awt.model.messages import LINK, Choice, Message, Outward, user_op
from awt.model.settings import Settings
from awt.model.status import BASE, KINDS
from awt.model.times import DAY, SECOND
from awt.ports import Cache, Env
from awt.text.catalog import Catalog

P = ParamSpec("P")
T = TypeVar("T")

START: Final = 1_800_000_000_000
"""When the clock of a world starts, in milliseconds: 2027-01-15."""
DEMO_PRICE: Final = 50
"""What the paid service ``demo`` of a world costs, in points."""
PAGES: Final[dict[str, Callable[[Tx, Caller, LinkFields], SignedIn]]] = {
    "/activate": registration.activate,
    "/temporary_login": signing.temporary_login,
    "/forgot_password": signing.reset_password,
}
"""What the button of a link's page does, by its path."""

_CATALOG: Final = Catalog()


@frozen(kw_only=True)
class Said:
    """What an assistant said; ``kind`` as in queues, ``link`` is also in the ``text``."""

    kind: str
    text: str
    link: str | None
    choices: tuple[Choice, ...]
    reply_to: str | None
    seq: int
    expires_at: int | None

    @property
    def sends(self) -> list[str]:
        """What its choices send."""
        return [choice.send for choice in self.choices]


class World:
    """An installation: a database of its own, the services base, webtest and demo, a clock.

    ``url``: an empty database, ``sqlite:///path`` or ``mysql://...``. Set ``now`` (milliseconds) or
    `wait` to let time pass: counters and lifetimes follow it, unless a ``cache`` of its own is given.
    """

    def __init__(
        self,
        url: str,
        *,
        settings: Settings | None = None,
        commands: Sequence[Command] = COMMANDS,
        cache: Cache | None = None,
    ) -> None:
        self.now = START
        self.settings = settings or Settings(
            site_url="https://awt.example",
            support="help@awt.example",
            ims=KINDS,
            remote_hosts=("shop.example:8443",),
        )
        self.texts = _CATALOG
        self.gate = Gate(commands=commands)
        self.messages: list[Message] = []
        """Everything that went into the outbox and was committed, in order."""
        self._ids = itertools.count(1)
        env = Env(
            settings=self.settings,
            texts=self.texts,
            cache=cache or LocalCache(now=lambda: self.now / SECOND),
            chance=SystemChance(),
            clock=lambda: self.now,
        )
        # No thread is started, so that there is nothing for a reactor to do.
        nobody: Any = None
        self._database = Database(url=url, reactor=nobody, env=env, signals=LocalSignals())
        self.run(lambda tx: metadata.create_all(tx.conn))
        self.empty()

    def __enter__(self) -> Self:
        """Return the world itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.stop()

    def empty(self) -> None:
        """Make everybody and everything unknown again; much faster than another world."""
        self.run(_empty)
        self.messages.clear()
        self.wait(7 * DAY / SECOND)  # no counter remembers so long

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * SECOND)

    def run(
        self, function: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``function(tx, ...)``, a method or any other, in a transaction and commit it."""
        result, error, told = self._database.write_here(function, *args, **kwargs)
        self.messages += [value for _, value in told if isinstance(value, Message)]
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]  # as the function returned it

    def chat(self, im: str, address: str, *, service: str = BASE, lang: str = "") -> "Conversation":
        """Return the conversation of an address with an assistant."""
        return Conversation(self, im=im, address=address, service=service, lang=lang)

    def member(
        self, im: str, address: str, *, service: str = BASE, lang: str = ""
    ) -> "Conversation":
        """Return a conversation whose address has an active account, and in which all was read."""
        base = self.chat(im, address, lang=lang)
        self.click(base.link("hello"))
        chat = self.chat(im, address, service=service, lang=lang)
        chat.read()
        return chat

    def user(self, im: str, address: str) -> User | None:
        """Return the account that an address is confirmed for."""
        return self.run(users.by_address, im, normalise(im, address))

    def click(self, link: str, *, caller: Caller | None = None) -> SignedIn:
        """Open a link and press its button, by default in a browser that was never here.

        Raises `awt.errors.Refused` (``link_not_active``) as the method of the page does.
        """
        url = urllib.parse.urlsplit(link)
        query = dict(urllib.parse.parse_qsl(url.query, strict_parsing=True))
        return self.run(PAGES[url.path], caller or self.browser(), LinkFields(**query))

    def browser(self, chat_address: str | None = None) -> Caller:
        """Return a browser that is not signed in; ``chat_address`` is who it is in the web chat."""
        return Caller(
            who=Who.VISITOR,
            chat_address=chat_address or SystemChance().hex(),
            network="192.0.2.0/24",
        )

    def next_id(self) -> str:
        """Return an id for a message, never the same twice."""
        return f"m{next(self._ids)}"


class Conversation:
    """What an address says to one assistant, and what it is answered.

    `say` and `event` return the answers that came into this very chat, as `Said`; what came on
    other occasions (a link was clicked, a task ended) is returned by `read`.
    """

    def __init__(
        self, world: World, *, im: str, address: str, service: str = BASE, lang: str = ""
    ) -> None:
        self.world = world
        self.service = service
        self.im = im
        self.address = address
        self.lang = lang
        self._seen = len(world.messages)
        try:
            self._known_as = normalise(im, address)
        except BadAddress:  # the gate will say so
            self._known_as = address

    def say(self, text: str, *, message_id: str | None = None) -> list[Said]:
        """Say something and return what is answered. One ``message_id`` has its effect once."""
        hear = Hear(
            service=self.service,
            im=self.im,
            address=self.address,
            text=text,
            message_id=message_id or self.world.next_id(),
            received_at=self.world.now,
            lang=self.lang,
        )
        self._seen = len(self.world.messages)
        self.world.run(_once, hear.message_id, self.world.gate.hear, hear)
        return self.read()

    def ask(self, text: str) -> Said:
        """Say something that has exactly one answer and return it."""
        [said] = self.say(text)
        return said

    def link(self, text: str) -> str:
        """Say something that is answered by a link and return the link."""
        link = self.ask(text).link
        assert link is not None
        return link

    def event(self, event: str, *, event_id: str | None = None) -> list[Said]:
        """Let something happen between the address and the assistant; return what is answered."""
        happened = ImEvent(
            service=self.service,
            im=self.im,
            address=self.address,
            event=event,
            event_id=event_id or self.world.next_id(),
        )
        self._seen = len(self.world.messages)
        self.world.run(_once, happened.event_id, self.world.gate.im_event, happened)
        return self.read()

    def read(self) -> list[Said]:
        """Return what came into this chat and was not returned yet."""
        new = self.world.messages[self._seen :]
        self._seen = len(self.world.messages)
        queue = user_op(self.service, self.im)
        return [
            _said(message, message.body)
            for message in new
            if message.queue == queue
            and isinstance(message.body, Outward)
            and message.body.address == self._known_as
        ]


def _once(
    tx: Tx, message_id: str, method: Callable[[Tx, Caller, Any], Any], params: Hear | ImEvent
) -> None:
    """Do what a redelivery must not do again, as the registry does."""
    tx.trace = message_id
    if outbox.consume_once(tx, message_id):
        method(tx, LOCAL_NODE, params)


def _said(message: Message, body: Outward) -> Said:
    return Said(
        kind=str(body.__struct_config__.tag),
        text=body.text.replace(LINK, message.secret or LINK),
        link=message.secret,
        choices=getattr(body, "choices", ()),
        reply_to=getattr(body, "reply_to", None),
        seq=body.seq,
        expires_at=message.expires_at,
    )


def _empty(tx: Tx) -> None:
    for table in reversed(metadata.sorted_tables):
        tx.conn.execute(delete(table))
    for name, price in ((BASE, 0), ("webtest", 0), ("demo", DEMO_PRICE)):
        services.put(
            tx, name, title=name.title(), description="", price=price, url=None, enabled=True
        )
