"""Passwords: bcrypt in threads of its own, so that it holds up neither the reactor nor the database."""

from collections import Counter
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import bcrypt
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from awt.errors import Refused, Unavailable
from awt.model.address import network_factor
from awt.model.names import password_problem

P = ParamSpec("P")
T = TypeVar("T")

WAITING: Final = 64
"""How many may wait for a hash; one takes about a quarter of a second at 12 rounds."""
OF_A_NETWORK: Final = 8
"""How many of one network may: nobody keeps everybody else from signing in."""


class Passwords:
    """Hashes and checks passwords. `start` before the first and `stop` after the last."""

    def __init__(self, *, reactor: IReactorFromThreads, rounds: int = 12) -> None:
        self._reactor = reactor
        self._rounds = rounds
        self._pool = ThreadPool(0, 2, name="awt-bcrypt")
        self._waiting: Counter[str] = Counter()
        self._stopping = False
        self._nobody: bytes | None = None

    def start(self) -> None:
        """Start the threads."""
        self._stopping = False
        self._pool.start()

    def stop(self) -> None:
        """End the threads after what runs; what waits is `Unavailable`."""
        self._stopping = True
        self._pool.stop()

    async def hash(self, password: str, *, network: str = "local") -> str:
        """Return the bcrypt hash of a new password that passed `password_problem`.

        ``network`` is that of who asks. Raises `Refused` (``too_many``) and `Unavailable`.
        """
        return (await self._run(network, self._hash, password)).decode()

    async def check(self, password: str, hashed: str | None, *, network: str = "local") -> bool:
        """Tell whether a password is right; without a hash it takes as long and is wrong.

        ``network`` is that of who asks. Raises `Refused` (``too_many``) and `Unavailable`.
        """
        return await self._run(network, self._check, password, hashed)

    def _hash(self, password: str) -> bytes:
        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._rounds))

    def _check(self, password: str, hashed: str | None) -> bool:
        if self._nobody is None:
            self._nobody = self._hash("nobody's password")
        if hashed is None or password_problem(password) in {"password_long", "characters"}:
            bcrypt.checkpw(b"wrong", self._nobody)
            return False
        return bcrypt.checkpw(password.encode(), hashed.encode())

    async def _run(
        self, network: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self._waiting[network] >= OF_A_NETWORK * network_factor(network):
            raise Refused("too_many", retry_after=1)
        if self._waiting.total() >= WAITING:
            raise Unavailable("passwords: too many are waiting")
        self._waiting[network] += 1
        try:
            return await deferToThreadPool(
                self._reactor, self._pool, self._unless_stopping, function, *args, **kwargs
            )
        finally:
            self._waiting[network] -= 1
            self._waiting = +self._waiting  # forgets who waits no longer

    def _unless_stopping(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._stopping:
            raise Unavailable("passwords: the node stops")
        return function(*args, **kwargs)
