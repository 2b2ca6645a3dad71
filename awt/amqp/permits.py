"""Who may say what over the broker: its user is a node, and the node speaks for some assistants."""

from typing import Final

from awt.model.messages import Hear, ImEvent, Message
from awt.model.times import SECOND
from awt.ports import Clock, NodeApi

REMEMBERED: Final = 10 * SECOND
"""How long an answer holds."""
MOST: Final = 10_000


class Permits:
    """Asks the methods, and remembers what they said for a while.

    What goes out to people is not asked about: the broker lets nobody but server nodes, and the
    node of an assistant itself, write into its queues.
    """

    def __init__(self, *, calls: NodeApi, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._known: dict[tuple[str, str, str], tuple[bool, int]] = {}

    async def may(self, user: str, message: Message) -> bool:
        """Tell whether a user of the broker may say a message."""
        body = message.body
        if not user:
            return False
        if not isinstance(body, Hear | ImEvent):
            return True
        key = (user, body.service, body.im)
        may, until = self._known.get(key, (False, 0))
        if until <= self._clock():
            values = {"amqp_user": user, "service": body.service, "im": body.im}
            may = (await self._calls.call("MaySpeak", values)).may
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (may, self._clock() + REMEMBERED)
        return may
