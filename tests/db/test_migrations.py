"""From an empty database to the schema, on both engines."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, UniqueConstraint, insert, inspect, text

from awt.db.engine import make_engine
from awt.db.migrate import migrate, newest, require_newest
from awt.db.schema import metadata, user, user_im
from awt.errors import ConfigError, Unavailable
from awt.testing.mariadb import MariaDB


@pytest.fixture(params=["sqlite", "mariadb"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'awt.db'}"
    url: str = request.getfixturevalue("mariadb_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connections to a migrated database."""
    made = make_engine(database_url, threads=1)
    yield made
    made.dispose()


def revise(url: str, revision: str | None) -> None:
    """Say that a database has another schema."""
    engine = make_engine(url, threads=1)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision is not None:
            connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})
    engine.dispose()


def test_an_empty_database_is_brought_to_the_newest_schema_and_the_second_time_does_nothing(
    empty: str,
) -> None:
    assert migrate(empty) == (None, newest())
    assert migrate(empty) == (newest(), newest())
    require_newest(empty)


def test_a_database_without_a_schema_is_refused_and_told_what_to_run(empty: str) -> None:
    with pytest.raises(ConfigError, match="has no schema yet; run `awt migrate` first"):
        require_newest(empty)


def test_a_schema_that_is_newer_than_the_code_is_refused(empty: str) -> None:
    migrate(empty)
    revise(empty, "9999")
    for function in (require_newest, migrate):
        with pytest.raises(ConfigError, match=r"9999.*newer than this version"):
            function(empty)


def test_what_migrations_made_is_what_the_code_describes(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_unique_rules_and_foreign_keys_are_those_of_the_code(engine: Engine) -> None:
    found = inspect(engine)
    for table in metadata.sorted_tables:
        unique = {tuple(u["column_names"]) for u in found.get_unique_constraints(table.name)}
        expected = {
            tuple(column.name for column in constraint.columns)
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        }
        assert unique == expected, table.name
        keys = {
            (tuple(k["constrained_columns"]), k["referred_table"], k["options"].get("ondelete"))
            for k in found.get_foreign_keys(table.name)
        }
        assert keys == {
            ((key.parent.name,), key.column.table.name, key.ondelete) for key in table.foreign_keys
        }, table.name


def test_mariadb_compares_every_text_byte_by_byte_with_its_trailing_spaces(
    mariadb: MariaDB, mariadb_url: str
) -> None:
    migrate(mariadb_url)
    with mariadb.connect(mariadb_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT collation_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
            " AND table_name <> 'alembic_version'"
        )
        assert cursor.fetchall() == (("utf8mb4_nopad_bin",),)
        cursor.execute(
            "SELECT DISTINCT engine FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
        )
        assert cursor.fetchall() == (("InnoDB",),)


def test_the_services_that_are_always_there_come_with_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT short_name, price, enabled FROM service")).all()
    assert [tuple(row) for row in rows] == [("base", 0, 1), ("webtest", 0, 1)]


def test_accounts_are_seen_with_their_clients_under_the_original_names(engine: Engine) -> None:
    def make(connection: Connection, number: int, *ims: tuple[str, str, str, int | None]) -> None:
        account = {"id": number, "hash": f"h{number}", "status": "AC", "time": 1, "created_at": 1}
        connection.execute(insert(user), account)
        for kind, address, state, last_active in ims:
            im = {"kind": kind, "address": address, "state": state, "last_active": last_active}
            connection.execute(insert(user_im), im | {"user_id": number})

    names = "skype, date_skype, jabber, date_jabber"
    with engine.connect() as connection:
        make(
            connection,
            1,
            ("jabber", "old@example.org", "confirmed", 5),
            ("jabber", "ann@example.org", "confirmed", 7),
            ("jabber", "not-yet@example.org", "asked", 9),
            ("skype", "live:ann", "confirmed", None),
        )
        make(connection, 2, ("webchat", "a", "confirmed", 3), ("skype", "live:bob", "removed", 4))
        rows = connection.execute(text(f"SELECT id, {names} FROM user_original ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [
            (1, "live:ann", None, "ann@example.org", 7),
            (2, None, None, None, None),
        ]
        connection.execute(text("DELETE FROM user WHERE id = 1"))
        assert connection.execute(text("SELECT COUNT(*) FROM user_original")).scalar() == 1


def test_a_database_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    broken = tmp_path / "awt.db"
    broken.write_bytes(b"this is no database, but a letter to my aunt. " * 100)
    for url in (
        f"sqlite:///{tmp_path / 'nowhere' / 'awt.db'}",
        f"sqlite:///{broken}",
        "mysql://nobody:nothing@127.0.0.1:1/nowhere",
    ):
        for function in (require_newest, migrate):
            with pytest.raises(Unavailable, match="database: "):
                function(url)


def test_a_migration_that_breaks_off_leaves_sqlite_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'awt.db'}"
    engine = make_engine(url, threads=1)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE outbox (x INTEGER)"))
    shutil.copy(tmp_path / "awt.db", tmp_path / "before.db")
    with pytest.raises(Unavailable):
        migrate(url)
    assert inspect(engine).get_table_names() == ["outbox"]
    engine.dispose()
