"""Passwords: bcrypt in threads of its own, so that it holds up neither the reactor nor the database."""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import bcrypt
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from awt.errors import Unavailable
from awt.model.names import password_problem

P = ParamSpec("P")
T = TypeVar("T")

WAITING: Final = 64
"""How many may wait for a hash; one takes about a quarter of a second at 12 rounds."""


class Passwords:
    """Hashes and checks passwords. `start` before the first and `stop` after the last."""

    def __init__(self, *, reactor: IReactorFromThreads, rounds: int = 12) -> None:
        self._reactor = reactor
        self._rounds = rounds
        self._pool = ThreadPool(0, 2, name="awt-bcrypt")
        self._waiting = 0
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

    async def hash(self, password: str) -> str:
        """Return the bcrypt hash of a new password that passed `password_problem`."""
        return (await self._run(self._hash, password)).decode()

    async def check(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password is right; without a hash it takes as long and is wrong."""
        return await self._run(self._check, password, hashed)

    def _hash(self, password: str) -> bytes:
        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._rounds))

    def _check(self, password: str, hashed: str | None) -> bool:
        if self._nobody is None:
            self._nobody = self._hash("nobody's password")
        if hashed is None or password_problem(password) in {"password_long", "characters"}:
            bcrypt.checkpw(b"wrong", self._nobody)
            return False
        return bcrypt.checkpw(password.encode(), hashed.encode())

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= WAITING:
            raise Unavailable("passwords: too many are waiting")
        self._waiting += 1
        try:
            return await deferToThreadPool(
                self._reactor, self._pool, self._unless_stopping, function, *args, **kwargs
            )
        finally:
            self._waiting -= 1

    def _unless_stopping(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._stopping:
            raise Unavailable("passwords: the node stops")
        return function(*args, **kwargs)
