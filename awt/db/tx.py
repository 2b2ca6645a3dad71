"""A transaction as a method sees it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from awt.model.settings import Settings
from awt.ports import Cache, Chance, Env, Texts

_WAITING: Final = "savepoints"


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
        """Undo what happened inside when it ends with an exception, and what was told with it.

        What only reads asks the database for none: it is set by the first statement that writes.
        """
        told, locked, saved = len(self.told), dict(self.locked), dict(self.saved)
        after = len(self.after)
        # SQLAlchemy's begin_nested compiles its statements each time, which takes four times as long.
        name = f"inner{self._depth}"
        self._depth += 1
        waiting: list[str] = self.conn.info.setdefault(_WAITING, [])
        waiting.append(name)
        try:
            yield
        except BaseException as error:
            # After a deadlock, or without a connection, nothing is left to undo, and it is that which is told.
            lost = isinstance(error, DBAPIError)
            if name not in waiting:
                with suppress(DBAPIError, PendingRollbackError) if lost else nullcontext():
                    self.conn.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {name}")
            del self.told[told:]
            del self.after[after:]
            self.locked, self.saved = locked, saved  # a row that was made inside is gone
            raise
        else:
            if name not in waiting:
                self.conn.exec_driver_sql(f"RELEASE SAVEPOINT {name}")
        finally:
            self._depth -= 1
            if name in waiting:
                waiting.remove(name)

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


def set_savepoints(conn: Connection) -> None:
    """Set the savepoints that a transaction is in and has not set; before anything is written."""
    waiting: list[str] | None = conn.info.get(_WAITING)
    if waiting:
        names = waiting.copy()
        waiting.clear()
        for name in names:
            conn.exec_driver_sql(f"SAVEPOINT {name}")


def watch(engine: Engine) -> None:
    """Have the savepoints of an engine's connections set before the first statement that writes."""

    @event.listens_for(engine, "before_cursor_execute")
    def executes(conn: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("SELECT"):
            set_savepoints(conn)
