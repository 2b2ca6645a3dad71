"""API keys, and the results of calls that may be repeated."""

from attrs import frozen
from sqlalchemy import delete, insert, select, update

from awt.db.links import hash_token
from awt.db.schema import api_key, idempotency
from awt.db.tx import Tx
from awt.model.times import DAY, MINUTE


@frozen(kw_only=True)
class ApiKey:
    """A key of a user; the key itself is shown once and stored hashed."""

    id: int
    user_id: int
    name: str
    read_only: bool
    created_at: int
    seen_at: int | None


_COLUMNS = [api_key.c[name] for name in ApiKey.__annotations__]


def create(tx: Tx, user_id: int, *, name: str, read_only: bool) -> tuple[int, str]:
    """Make a key; return its id and the key itself."""
    token = tx.chance.token()
    key = tx.conn.execute(
        insert(api_key).values(
            user_id=user_id,
            name=name,
            key_hash=hash_token(token),
            read_only=read_only,
            created_at=tx.now,
        )
    ).inserted_primary_key
    assert key is not None
    return key[0], token


def by_token(tx: Tx, token: str) -> ApiKey | None:
    """Return the row of a key."""
    row = tx.conn.execute(select(*_COLUMNS).where(api_key.c.key_hash == hash_token(token))).first()
    return None if row is None else ApiKey(**row._mapping)


def seen(tx: Tx, key_id: int) -> None:
    """Note that a key was used, at most once a minute."""
    tx.conn.execute(
        update(api_key)
        .where(
            api_key.c.id == key_id,
            (api_key.c.seen_at.is_(None)) | (api_key.c.seen_at < tx.now - MINUTE),
        )
        .values(seen_at=tx.now)
    )


def of_user(tx: Tx, user_id: int) -> list[ApiKey]:
    """Return a user's keys, the oldest first."""
    rows = tx.conn.execute(
        select(*_COLUMNS).where(api_key.c.user_id == user_id).order_by(api_key.c.id)
    )
    return [ApiKey(**row._mapping) for row in rows]


def revoke(tx: Tx, user_id: int, key_id: int | None = None) -> int:
    """Delete one key of a user, or all; return how many there were."""
    where = [api_key.c.user_id == user_id]
    if key_id is not None:
        where.append(api_key.c.id == key_id)
    return tx.conn.execute(delete(api_key).where(*where)).rowcount


def recall(tx: Tx, key: str) -> tuple[str, str, str] | None:
    """Return method, hash of the parameters and result (JSON) of a call made before under a key."""
    row = tx.conn.execute(
        select(idempotency.c.method, idempotency.c.params_hash, idempotency.c.result).where(
            idempotency.c.key_hash == hash_token(key)
        )
    ).first()
    return None if row is None else (row.method, row.params_hash, row.result)


def remember(tx: Tx, key: str, method: str, params: str, result: str) -> None:
    """Keep the result of a call under a key. Where a twin was faster, the transaction is run again."""
    tx.conn.execute(
        insert(idempotency).values(
            key_hash=hash_token(key),
            method=method,
            params_hash=hash_token(params),
            result=result,
            purge_after=tx.now + tx.settings.purge.ledger_days * DAY,
        )
    )
