"""Statements on the way of every message and every page: compiled once, then run as strings.

`sqlalchemy.Connection.execute` spends about 25 us around a statement that SQLite answers in 4. Here it
is 4 more, and all else is as SQLAlchemy has it: the SQL of each dialect, the types of parameters and
columns, the errors. Whatever is not on such a way is better off with ``tx.conn.execute``.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar, overload

from attrs import frozen
from sqlalchemy import Dialect, Select, UpdateBase
from sqlalchemy.sql.compiler import SQLCompiler

from awt.db.tx import Tx, set_savepoints

T = TypeVar("T")


@frozen
class Spelled:
    """A statement in the words of one dialect."""

    sql: str
    order: tuple[str, ...] | None
    """The parameters in order; None for a driver that takes them by name."""
    fixed: dict[str, Any]
    """Values of parameters that are part of the statement."""
    given: int
    """How many values each execution has to give."""
    columns: tuple[tuple[int, Callable[[Any], Any]], ...]
    """Positions of columns that the driver returns as something else, with what mends it."""


class Prepared(Generic[T]):
    """A statement whose rows become ``into(column=value, ...)``, or stay tuples without that."""

    @overload
    def __init__(
        self: "Prepared[tuple[Any, ...]]", statement: Select[Any] | UpdateBase, into: None = None
    ) -> None: ...

    @overload
    def __init__(self, statement: Select[Any], into: Callable[..., T]) -> None: ...

    def __init__(
        self, statement: Select[Any] | UpdateBase, into: Callable[..., T] | None = None
    ) -> None:
        self._statement = statement
        self._into = into
        self._writes = isinstance(statement, UpdateBase)
        self._columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._names = [str(column.key) for column in self._columns]
        self._spelled: dict[str, Spelled] = {}

    def first(self, tx: Tx, /, **values: Any) -> T | None:
        """Return the first row, None where there is none."""
        cursor, spelled = self._execute(tx, values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else self._made(spelled, row)

    def all(self, tx: Tx, /, **values: Any) -> list[T]:
        """Return all rows."""
        cursor, spelled = self._execute(tx, values)
        rows = cursor.fetchall()
        cursor.close()
        return [self._made(spelled, row) for row in rows]

    def scalar(self, tx: Tx, /, **values: Any) -> Any:
        """Return the first column of the first row, None where there is none."""
        cursor, spelled = self._execute(tx, values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else _mended(spelled, row)[0]

    def change(self, tx: Tx, /, **values: Any) -> int:
        """Insert, update or delete; return how many rows were found."""
        cursor, _ = self._execute(tx, values)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def insert(self, tx: Tx, /, **values: Any) -> int:
        """Insert a row and return its id."""
        cursor, _ = self._execute(tx, values)
        row_id: int = cursor.lastrowid
        cursor.close()
        return row_id

    def _made(self, spelled: Spelled, row: Sequence[Any]) -> Any:
        values = _mended(spelled, row)
        if self._into is None:
            return values
        return self._into(**dict(zip(self._names, values, strict=True)))

    def _execute(self, tx: Tx, values: dict[str, Any]) -> tuple[Any, Spelled]:
        dialect = tx.conn.dialect
        spelled = self._spelled.get(dialect.name)
        if spelled is None:
            spelled = self._spelled[dialect.name] = self._spell(dialect, values)
        assert len(values) == spelled.given, (spelled.sql, values.keys())
        if spelled.fixed:
            values = {**spelled.fixed, **values}
        order = spelled.order
        arguments: Any = values if order is None else tuple([values[name] for name in order])
        if self._writes:
            set_savepoints(tx.conn)
        cursor = tx.conn.connection.cursor()
        try:
            cursor.execute(spelled.sql, arguments)
        except Exception as error:  # noqa: BLE001 - the next line raises what `execute` would have
            tx.conn._handle_dbapi_exception(error, spelled.sql, arguments, cursor, None)  # noqa: SLF001
        return cursor, spelled

    def _spell(self, dialect: Dialect, values: Iterable[str]) -> Spelled:
        """Compile for a dialect, with the columns to set that are among ``values``."""
        compiled = self._statement.compile(
            dialect=dialect, column_keys=list(values) if self._writes else None
        )
        assert isinstance(compiled, SQLCompiler)
        # What SQLAlchemy would do at each execution is nothing here.
        late = (*compiled.insert_prefetch, *compiled.update_prefetch)
        assert not late, late
        assert not compiled.post_compile_params | compiled.literal_execute_params, compiled
        binds = compiled.binds
        for bind in binds.values():
            assert bind.type.dialect_impl(dialect).bind_processor(dialect) is None, bind
        fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
        assert set(values) == binds.keys() - fixed, (compiled, values)
        mends = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._columns
        ]
        return Spelled(
            sql=compiled.string,
            order=None if compiled.positiontup is None else tuple(compiled.positiontup),
            fixed=fixed,
            given=len(binds) - len(fixed),
            columns=tuple((i, mend) for i, mend in enumerate(mends) if mend is not None),
        )


def _mended(spelled: Spelled, row: Sequence[Any]) -> Sequence[Any]:
    if not spelled.columns:
        return row
    mended = list(row)
    for position, mend in spelled.columns:
        mended[position] = mend(mended[position])
    return mended
