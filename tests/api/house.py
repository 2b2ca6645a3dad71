"""The whole API on a database, called as the web and the nodes call it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.task import Clock

from awt.api.caller import Caller, Who
from awt.api.passwords import Passwords
from awt.api.registry import Api, Toolbox
from awt.db import ledger, services, sessions, users
from awt.db.engine import Database
from awt.db.outbox import TOPIC
from awt.db.tx import Tx
from awt.local import LocalCache, LocalSignals, SystemChance
from awt.methods import every_method
from awt.model.messages import Message
from awt.model.settings import Settings
from awt.model.status import ACTIVE
from awt.model.times import SECOND
from awt.ports import Env
from awt.shots import Shots
from awt.text.catalog import Catalog

reactor: Any = _reactor
TEXTS = Catalog()
HOME = "192.0.2.0/24"


class House:
    """An installation: ``now`` moves only when a test moves it. `close` ends its threads."""

    def __init__(self, url: str) -> None:
        self.now = 1_800_000_000_000
        self.settings = Settings(
            site_url="https://awt.example",
            support="help@awt.example",
            ims=("jabber", "skype", "webchat"),
        )
        self.messages: list[Message] = []
        signals = LocalSignals()
        signals.listen(TOPIC, self.messages.append)
        self.cache = LocalCache(now=lambda: self.now / SECOND)
        self.chance = SystemChance()
        env = Env(
            settings=self.settings,
            texts=TEXTS,
            cache=self.cache,
            chance=self.chance,
            clock=lambda: self.now,
        )
        self.waits = Clock()
        """What slows a login down."""
        self.database = Database(url=url, reactor=reactor, env=env, signals=signals)
        self.passwords = Passwords(reactor=reactor, rounds=4)
        toolbox = Toolbox(
            database=self.database,
            passwords=self.passwords,
            shots=Shots(directory=Path("shots"), reactor=reactor),
            reactor=self.waits,
        )
        self.api = Api(database=self.database, toolbox=toolbox, methods=every_method())
        self.database.start()
        self.passwords.start()

    def close(self) -> None:
        """End the threads."""
        self.passwords.stop()
        self.database.stop()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * SECOND)

    async def call(
        self, name: str, caller: Caller, values: Mapping[str, Any] | None = None, **more: Any
    ) -> Any:
        """Call a method."""
        return await self.api.call(name, caller, {} if values is None else values, **more)

    async def browser(self, network: str = HOME) -> Caller:
        """Return a browser with a cookie that is not signed in."""
        address = self.chance.hex()
        return await self._session(address, None, address, network)

    async def session(self, token: str, network: str = HOME) -> Caller:
        """Return who a browser is that was given the token of a session."""
        found = await self.database.read(sessions.by_token, token)
        assert sessions.is_live(found, self.now)
        assert found is not None
        user = await self.database.read(users.by_id, found.user_id or 0)
        assert user is not None
        return Caller(
            who=Who.ADMIN if user.is_admin else Who.USER,
            user_id=user.id,
            session_id=found.id,
            chat_address=found.chat_address,
            network=network,
        )

    async def is_live(self, caller: Caller) -> bool:
        """Tell whether the session of a browser may still be used."""
        found = await self.database.read(sessions.by_id, caller.session_id or 0)
        return sessions.is_live(found, self.now)

    async def somebody(self, who: Who = Who.USER, *, points: int = 200, **columns: Any) -> Caller:
        """Return a caller of a kind, with an active account and a session where he has such."""
        if who is Who.VISITOR:
            return await self.browser()
        if who in {Who.NODE, Who.OPERATOR}:
            return Caller(who=who, node="c1" if who is Who.NODE else None)
        columns |= {"is_admin": who is Who.ADMIN}
        user_id = await self.database.write(_account, points, columns)
        address = f"user{user_id}@example.org"
        await self.database.write(users.confirm_im, user_id, "jabber", address)
        if who is Who.CHAT:
            return Caller(who=who, user_id=user_id, service="base", im="jabber", address=address)
        caller = await self._session(self.chance.token(), user_id, self.chance.hex(), HOME)
        return evolve(caller, who=who, user_id=user_id)

    async def _session(self, token: str, user_id: int | None, address: str, network: str) -> Caller:
        def create(tx: Tx) -> int:
            sessions.create(
                tx, token=token, user_id=user_id, chat_address=address, network=network, agent=""
            )
            found = sessions.by_token(tx, token)
            assert found is not None
            return found.id

        return Caller(
            who=Who.VISITOR,
            session_id=await self.database.write(create),
            chat_address=address,
            network=network,
        )


def _account(tx: Tx, points: int, columns: dict[str, Any]) -> int:
    user_id = users.create(tx, **({"status": ACTIVE} | columns)).id
    services.set_status(tx, user_id, services.base(tx).id, ACTIVE)
    if points:
        ledger.move(tx, user_id, points, "ADJUSTMENT")
    return user_id
