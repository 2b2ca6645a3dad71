"""A transaction as a method sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field
from sqlalchemy import Connection

from awt.model.settings import Settings
from awt.ports import Cache, Chance, Env, Texts


@define(kw_only=True)
class Tx:
    """An open transaction: its connection, the time that it happens at, and what is told after it.

    Only the database opens and commits; helpers that take a `Tx` never do.
    """

    conn: Connection
    env: Env
    now: int
    """Milliseconds since the epoch, one value for the whole transaction."""
    trace: str = ""
    """Follows a chat message from its arrival to its answer."""
    told: list[tuple[str, object]] = field(factory=list)
    locked: dict[tuple[str, str], Any] = field(factory=dict)
    """Dialogues that this transaction holds, so that a row is read once."""

    def tell(self, topic: str, value: object) -> None:
        """Say something inside this process once the transaction is committed; nothing when it is not."""
        self.told.append((topic, value))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happened inside when it ends with an exception, and what was told with it."""
        told, locked = len(self.told), dict(self.locked)
        try:
            with self.conn.begin_nested():
                yield
        except BaseException:
            del self.told[told:]
            self.locked = locked  # a row that was made inside is gone
            raise

    @property
    def settings(self) -> Settings:
        """The settings that rules look at."""
        return self.env.settings

    @property
    def texts(self) -> Texts:
        """The catalogue."""
        return self.env.texts

    @property
    def cache(self) -> Cache:
        """Counters that may be lost."""
        return self.env.cache

    @property
    def chance(self) -> Chance:
        """Randomness fit for secrets."""
        return self.env.chance
