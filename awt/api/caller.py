"""Who calls a method, and from where."""

import enum
from typing import Final

from attrs import frozen

from awt.errors import Refused


class Who(enum.StrEnum):
    """The kinds of caller."""

    VISITOR = "visitor"
    """Nobody in particular: a browser or a program that is not signed in."""
    USER = "user"
    """An account, through a session or an API key."""
    CHAT = "chat"
    """An account, through a chat that is confirmed for it."""
    ADMIN = "admin"
    """An account that is an administrator, through a session or an API key."""
    NODE = "node"
    """A node of the installation."""
    OPERATOR = "operator"
    """Whoever may run commands on the server."""


ANYONE: Final = frozenset(Who)
USERS: Final = frozenset({Who.USER, Who.CHAT, Who.ADMIN})
"""An account, wherever it speaks."""
SITE_USERS: Final = frozenset({Who.USER, Who.ADMIN})
CHAT: Final = frozenset({Who.CHAT})
NODES: Final = frozenset({Who.NODE})
OPERATORS: Final = frozenset({Who.ADMIN, Who.OPERATOR})
WEB: Final = frozenset({Who.VISITOR, Who.USER, Who.ADMIN})


@frozen(kw_only=True)
class Caller:
    """Who calls. Fields that a kind of caller does not have are None or empty."""

    who: Who
    lang: str = "en"
    user_id: int | None = None
    session_id: int | None = None
    """Row of the session, for a caller with a cookie."""
    chat_address: str | None = None
    """Who the caller's browser is in the web chat."""
    network: str = ""
    """The network (/24, /56) that limits count him in."""
    agent: str = ""
    """What the browser says that it is."""
    service: str | None = None
    im: str | None = None
    address: str | None = None
    """The chat that the caller speaks in."""
    reply_to: str | None = None
    """The message that is answered."""
    node: str | None = None
    """The node's name."""
    services: tuple[str, ...] = ()
    """Services that the node speaks for; empty: all."""
    ims: tuple[str, ...] = ()
    """IMs that the node speaks for; empty: all."""
    types: tuple[str, ...] = ()
    """Types of tasks that the node may run; empty: all."""
    read_only: bool = False
    """An API key that may only look."""

    @property
    def user(self) -> int:
        """The id of the account that calls; only for methods that accounts may call."""
        assert self.user_id is not None
        return self.user_id

    def speaks_for(self, service: str, im: str) -> bool:
        """Tell whether the node speaks for the assistant of a service on an IM."""
        return _holds(self.services, service) and _holds(self.ims, im)

    def has_to_speak_for(self, service: str, im: str) -> None:
        """Refuse (``forbidden``) what the node may not speak for."""
        if not self.speaks_for(service, im):
            raise Refused("forbidden")

    def may_run(self, task_type: str) -> bool:
        """Tell whether the node may run tasks of a type."""
        return _holds(self.types, task_type)


def _holds(known: tuple[str, ...], name: str) -> bool:
    return not known or name in known


def no_key(caller: Caller) -> None:
    """Refuse (``forbidden``) a key what makes secrets that speak for others."""
    if caller.who is Who.ADMIN and caller.session_id is None:
        raise Refused("forbidden")


LOCAL_NODE: Final = Caller(who=Who.NODE, node="local")
"""The embedded node, speaking for itself."""
