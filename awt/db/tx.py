"""A transaction as a method sees it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from attrs import define, field
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

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
    saved: dict[int, Any] = field(factory=dict)
    """What this transaction wrote of them, so that nothing is written twice."""
    after: list[Callable[[], None]] = field(factory=list)
    _depth: int = 0

    def after_commit(self, work: Callable[[], None]) -> None:
        """Do something in this thread once the transaction is committed, nothing when it is not.

        For the cache, which others read at any time: it may be lost, and it must not fail.
        """
        self.after.append(work)

    def tell(self, topic: str, value: object) -> None:
        """Say something inside this process once the transaction is committed; nothing when it is not."""
        self.told.append((topic, value))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happened inside when it ends with an exception, and what was told with it."""
        told, locked, saved = len(self.told), dict(self.locked), dict(self.saved)
        after = len(self.after)
        # SQLAlchemy's begin_nested compiles its statements each time, which takes four times as long.
        name = f"inner{self._depth}"
        self._depth += 1
        self.conn.exec_driver_sql(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException as error:
            # After a deadlock, or without a connection, nothing is left to undo, and it is that which is told.
            lost = isinstance(error, DBAPIError)
            with suppress(DBAPIError, PendingRollbackError) if lost else nullcontext():
                self.conn.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {name}")
            del self.told[told:]
            del self.after[after:]
            self.locked, self.saved = locked, saved  # a row that was made inside is gone
            raise
        else:
            self.conn.exec_driver_sql(f"RELEASE SAVEPOINT {name}")
        finally:
            self._depth -= 1

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
