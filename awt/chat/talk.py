"""One message and its answer, as a command sees them."""

from collections.abc import Callable
from typing import Any

from attrs import define, evolve, frozen

from awt.api.caller import Caller, Who
from awt.api.outgoing import Chat, say, span
from awt.db.dialogues import Dialogue
from awt.db.services import Service
from awt.db.standing import Standing
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.messages import Choice
from awt.model.times import millis
from awt.text.moments import moment


@frozen
class Reply:
    """What a command answers. ``choices`` can be answered by their number.

    ``id`` is what a message is called that is going to be corrected; ``image`` a picture of the site.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    id: str | None = None
    image: str | None = None


@define(kw_only=True)
class Talk:
    """Where a message came from, who wrote it, and what there is to answer it with."""

    tx: Tx
    standing: Standing
    """As it was found; what is done meanwhile is not in it."""
    im: str
    address: str
    lang: str
    dialogue: Dialogue
    message_id: str | None
    user: User | None = None

    @property
    def service(self) -> Service:
        """Whose assistant it is."""
        return self.standing.service

    def t(self, message: str, /, **values: Any) -> str:
        """Return a text of the catalogue in the language of this chat."""
        return self.tx.texts(self.lang, message, **values)

    def choice(self, name: str, send: str | None = None, /, **values: Any) -> Choice:
        """Return a choice of the catalogue; it sends the command of its name unless told otherwise."""
        return Choice(self.t(f"choice-{name}", **values), send or f"#{name}")

    def span(self, milliseconds: int) -> str:
        """Return how long something lasts, in words."""
        return span(self.tx, self.lang, milliseconds)

    def moment(self, at: int | str) -> str:
        """Return a time (milliseconds or ISO 8601) in the zone of the account."""
        return moment(at, self.lang, self.account.timezone)

    def knows(self, command: "Command") -> bool:
        """Tell whether a command exists for whoever writes."""
        return not command.for_admins or (self.user is not None and self.user.is_admin)

    def ago(self, time: str) -> int:
        """Return how long ago something was, in milliseconds; ``time`` is ISO 8601."""
        return self.tx.now - millis(time)

    @property
    def account(self) -> User:
        """The account that writes; only for commands, which the gate runs for accounts alone."""
        assert self.user is not None
        return self.user

    @property
    def caller(self) -> Caller:
        """Who this chat is to the methods."""
        return Caller(
            who=Who.CHAT if self.user else Who.VISITOR,
            lang=self.lang,
            user_id=self.user.id if self.user else None,
            service=self.service.short_name,
            im=self.im,
            address=self.address,
            reply_to=self.message_id,
        )

    @property
    def administrator(self) -> Caller:
        """Who this chat is to the methods of administrators; only for commands that are for them."""
        assert self.account.is_admin
        return evolve(self.caller, who=Who.ADMIN)

    @property
    def chat(self) -> Chat:
        """Where the answer goes."""
        return Chat(
            service=self.service.short_name,
            im=self.im,
            address=self.address,
            reply_to=self.message_id,
        )

    def say(self, reply: Reply) -> None:
        """Send an answer."""
        say(
            self.tx,
            self.chat,
            reply.text,
            choices=reply.choices,
            message_id=reply.id,
            image=reply.image,
        )


Run = Callable[[Talk, str], Reply | None]
"""Does a command with its arguments; None when the method that it called has answered already."""


@frozen(kw_only=True)
class Command:
    """A command. ``service`` None belongs to every assistant.

    The catalogue has ``<name>-help``, one line of what it is for, and ``<name>-usage``, how it is
    written. ``confirm`` asks a question that ``yes`` answers, for commands that cannot be undone; an
    empty answer asks nothing.
    """

    name: str
    run: Run
    aliases: tuple[str, ...] = ()
    service: str | None = None
    confirm: Callable[[Talk, str], str] | None = None
    for_admins: bool = False
