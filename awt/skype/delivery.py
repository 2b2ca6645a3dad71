"""Outwards: what an assistant says and does, from its queues to the network; held until it is taken."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from awt.errors import Unavailable
from awt.model.ids import stable_id
from awt.model.messages import Answer, Delete, Message, Outward
from awt.ports import Bus, PutBack, Undeliverable
from awt.skype import events
from awt.skype.account import Account, Away, Broken, Impossible
from awt.skype.events import IM, PERSON
from awt.skype.hands import Hands
from awt.skype.inbox import Inbox
from awt.transport.delivery import Queues

log = Logger()

AT_ONCE: Final = 4
"""Addresses that are written to at the same time."""
UNWANTED: Final = frozenset({403, 404})
"""What the network answers about somebody who is not there, or does not want to hear of us."""


class Delivery(Queues):
    """Consumes the queues of one assistant while its account is signed in."""

    def __init__(
        self,
        *,
        service: str,
        account: Account,
        hands: Hands,
        inbox: Inbox,
        bus: Bus,
        on_away: Callable[[Away], None],
    ) -> None:
        super().__init__(service=service, im=IM, bus=bus, deliver=self.deliver, at_once=AT_ONCE)
        self._account = account
        self._hands = hands
        self._inbox = inbox
        self._on_away = on_away

    async def deliver(self, message: Message) -> None:
        """Hand one message to the network."""
        body = message.body
        if not isinstance(body, Outward):
            raise Undeliverable(f"{type(body).__name__} is not for a transport")
        if events.address_of(PERSON + body.address) is None:
            raise Undeliverable("its address is no account of this network")
        try:
            await self._hands.do(self._carry_out, message, body)
        except CancelledError:  # the node stops, and the network has not answered yet
            raise PutBack from None
        except Away as error:
            log.info("{id} goes back: {why}", id=message.id, why=str(error), trace=message.trace)
            self._on_away(error)
            raise PutBack from None
        except Broken as error:
            raise Unavailable(str(error)) from None
        except Impossible as error:
            if error.status not in UNWANTED:
                raise Undeliverable(str(error)) from None
            await self._inbox.event(body.address, "unreachable")

    def _carry_out(self, message: Message, body: Outward) -> None:
        """Do it, in a thread; repeated, the same is done again."""
        if isinstance(body, Answer) and body.minor:
            return
        text = events.outgoing(body.text, message.secret)
        user = body.address
        asks = not isinstance(body, Answer | Delete)
        if asks:
            self._account.ask(user, text)
        try:
            for number, piece in enumerate(events.pieces(text)):
                self._account.say(user, piece, client_id=number_of(message.id, number))
        except Impossible as error:
            if not asks or error.status not in UNWANTED:
                raise  # else he reads the same in the request
        if isinstance(body, Delete):
            self._account.remove(user)


def number_of(message_id: str, piece: int) -> str:
    """Return the number of 60 bits that names a message at the network: the same when it is sent again."""
    return str(UUID(stable_id(message_id, str(piece))).int >> 68)
