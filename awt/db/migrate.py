"""Bringing a database to the schema of this version, and refusing one that is not there."""

from importlib import resources
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from awt.db.engine import MIGRATION_SECONDS, make_engine
from awt.errors import ConfigError, Unavailable

MIGRATIONS: Final = str(resources.files("awt.db").joinpath("migrations"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.replace("%", "%%"))
    return config


def newest() -> str:
    """Return the revision that this version of the code works with."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def revision(engine: Engine) -> str | None:
    """Return the revision of a database, None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(url: str) -> tuple[str | None, str]:
    """Bring a database to the newest schema; return the revisions before and after.

    Run twice, the second does nothing. Raises `ConfigError` for a schema that is newer than this
    version, and `Unavailable`.
    """
    engine = make_engine(url, threads=1, seconds=MIGRATION_SECONDS)
    try:
        before = revision(engine)
        _refuse_newer(before)
        head = newest()
        if before != head:
            config = _config()
            with engine.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
    except DBAPIError as error:
        raise Unavailable(f"database: {error.orig}") from error
    finally:
        engine.dispose()
    return before, head


def require_newest(url: str) -> None:
    """Raise `ConfigError` when a database has not the schema that this version works with."""
    engine = make_engine(url, threads=1, read_only=True)
    try:
        found = revision(engine)
    except DBAPIError as error:
        raise Unavailable(f"database: {error.orig}") from error
    finally:
        engine.dispose()
    _refuse_newer(found)
    if found != newest():
        state = "has no schema yet" if found is None else f"has the older schema {found}"
        raise ConfigError([f"database.url: the database {state}; run `awt migrate` first"])


def _refuse_newer(found: str | None) -> None:
    """Raise `ConfigError` for a revision that this version does not know."""
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise ConfigError([f"database.url: its schema ({found}) is newer than this version of awt"])
