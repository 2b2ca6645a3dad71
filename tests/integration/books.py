"""What must hold in the database of an installation when all is over; every figure of `wrong` is to be 0."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy

from awt.db.engine import sqlalchemy_url


@contextmanager
def opened(url: str) -> Iterator[sqlalchemy.Connection]:
    """Open the database at a URL of the configuration."""
    engine = sqlalchemy.create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as db:
            yield db
    finally:
        engine.dispose()


def number(db: sqlalchemy.Connection, query: str) -> int:
    """Return the one number that a query asks for, as it is now."""
    db.rollback()  # see what is new
    return int(db.execute(sqlalchemy.text(query)).scalar_one())


def wrong(db: sqlalchemy.Connection) -> dict[str, int]:
    """Return how much is wrong, by name."""
    ran = RAN[db.dialect.name]
    return {name: number(db, query.replace("{ran}", ran)) for name, query in WRONG.items()}


RAN: Final = {
    "sqlite": """
        SELECT count(*) FROM json_each(task.result)
        WHERE json_extract(value, '$.status') != 'skipped'""",
    "mysql": """json_length(task.result)
        - coalesce(json_length(json_search(task.result, 'all', 'skipped', NULL, '$[*].status')), 0)""",
}
"""How many actions of a task were run."""

BUSY: Final = """
    SELECT (SELECT count(*) FROM outbox WHERE state = 'ready')
         + (SELECT count(*) FROM task WHERE status NOT IN ('succeeded', 'failed', 'cancelled'))
"""
"""What is still to be done."""
FACTS: Final = {
    "accounts": "SELECT count(*) FROM user WHERE NOT is_admin",
    "messages of people": "SELECT count(*) FROM chat_message WHERE sender = 'user'",
    "messages of assistants": "SELECT count(*) FROM chat_message WHERE sender = 'assistant'",
    "tasks": "SELECT count(*) FROM task",
    "tasks that were run again": "SELECT count(*) FROM task WHERE attempt > 1",
    "tasks given up, start given back": "SELECT count(*) FROM task WHERE result LIKE '%node_lost%'",
}
WRONG: Final = {
    "messages left in queues": "SELECT count(*) FROM outbox WHERE state = 'ready'",
    "dead letters": "SELECT count(*) FROM outbox WHERE state = 'dead'",
    "expired messages": "SELECT count(*) FROM outbox WHERE state = 'expired'",
    "secrets left in the outbox": (
        "SELECT count(*) FROM outbox WHERE state != 'ready' AND secret IS NOT NULL"
    ),
    "tasks stuck": (
        "SELECT count(*) FROM task WHERE status NOT IN ('succeeded', 'failed', 'cancelled')"
    ),
    "tasks with a lease after their end": (
        "SELECT count(*) FROM task WHERE lease_until IS NOT NULL OR deadline_at IS NOT NULL"
    ),
    "tasks not charged rightly": """
        SELECT count(*) FROM task WHERE (
            SELECT coalesce(sum(amount), 0) FROM ledger WHERE ref_id = task.id
            AND type IN ('TASK_START', 'TASK_FINISH')
        ) != CASE WHEN result LIKE '%node_lost%' THEN 0 ELSE -1 - ({ran}) END""",
    "tasks charged twice": """
        SELECT count(*) FROM (SELECT 1 FROM ledger WHERE amount < 0 AND ref_id IS NOT NULL
        GROUP BY ref_id, type HAVING count(*) > 1) AS found""",
    "accounts whose ledger is not their points": """
        SELECT count(*) FROM user WHERE points !=
        (SELECT coalesce(sum(amount), 0) FROM ledger WHERE user_id = user.id)""",
    "ledger rows that do not follow": """
        SELECT count(*) FROM ledger AS l WHERE balance_after - amount != coalesce((
            SELECT balance_after FROM ledger AS b WHERE b.user_id = l.user_id AND b.id < l.id
            ORDER BY id DESC LIMIT 1), 0)""",
    "accounts half made": """
        SELECT count(*) FROM user WHERE NOT is_admin AND (
            NOT EXISTS (SELECT 1 FROM user_im WHERE user_id = user.id)
            OR NOT EXISTS (SELECT 1 FROM user_service WHERE user_id = user.id
                           AND service_id = (SELECT id FROM service WHERE short_name = 'base')
                           AND status = user.status)
            OR status = 'AC' AND NOT (
                EXISTS (SELECT 1 FROM user_im WHERE user_id = user.id AND state = 'confirmed')
                AND 1 = (SELECT count(*) FROM ledger WHERE user_id = user.id
                         AND type = 'SIGN_UP_BONUS')
                AND EXISTS (SELECT 1 FROM temporary_link WHERE user_id = user.id
                            AND purpose = 'activate' AND used_at IS NOT NULL))
            OR status = 'NW' AND (
                EXISTS (SELECT 1 FROM ledger WHERE user_id = user.id)
                OR NOT EXISTS (SELECT 1 FROM temporary_link WHERE user_id = user.id)))""",
    "addresses with two accounts": """
        SELECT count(*) FROM (SELECT 1 FROM user_im WHERE state = 'confirmed'
        GROUP BY kind, address HAVING count(*) > 1) AS found""",
}
"""What must not be, after everything: each query counts it."""
