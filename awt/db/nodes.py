"""Nodes of the installation that have no database: who they are and what they speak for."""

from typing import Any

from attrs import frozen
from sqlalchemy import bindparam, insert, select, update

from awt.db.links import hash_token
from awt.db.prepared import Prepared
from awt.db.schema import node
from awt.db.tx import Tx


@frozen(kw_only=True)
class Node:
    """A node. Its token is shown once and stored hashed; an empty list means all."""

    name: str
    amqp_user: str
    services: tuple[str, ...]
    ims: tuple[str, ...]
    types: tuple[str, ...]
    created_at: int


def _made(**values: Any) -> Node:
    for name in ("services", "ims", "types"):
        values[name] = tuple(part for part in values[name].split(",") if part)
    return Node(**values)


_COLUMNS = [node.c[name] for name in Node.__annotations__]
_ALL = Prepared(select(*_COLUMNS).order_by(node.c.name), _made)
_BY_NAME = Prepared(select(*_COLUMNS).where(node.c.name == bindparam("n")), _made)
_BY_TOKEN = Prepared(select(*_COLUMNS).where(node.c.token_hash == bindparam("h")), _made)
_BY_USER = Prepared(select(*_COLUMNS).where(node.c.amqp_user == bindparam("u")), _made)


def by_token(tx: Tx, token: str) -> Node | None:
    """Return the node of a token."""
    return _BY_TOKEN.first(tx, h=hash_token(token))


def by_amqp_user(tx: Tx, user: str) -> Node | None:
    """Return the node of a broker user."""
    return _BY_USER.first(tx, u=user)


def by_name(tx: Tx, name: str) -> Node | None:
    """Return a node."""
    return _BY_NAME.first(tx, n=name)


def every(tx: Tx) -> list[Node]:
    """Return all nodes, by name."""
    return _ALL.all(tx)


def create(
    tx: Tx,
    name: str,
    *,
    amqp_user: str,
    services: tuple[str, ...],
    ims: tuple[str, ...],
    types: tuple[str, ...],
) -> str:
    """Add a node and return its token."""
    token = tx.chance.token()
    tx.conn.execute(
        insert(node).values(
            name=name,
            token_hash=hash_token(token),
            amqp_user=amqp_user,
            services=",".join(services),
            ims=",".join(ims),
            types=",".join(types),
            created_at=tx.now,
        )
    )
    return token


def renew(tx: Tx, name: str) -> str:
    """Give a node a new token and return it; the old one is worth nothing from now on."""
    token = tx.chance.token()
    tx.conn.execute(update(node).where(node.c.name == name).values(token_hash=hash_token(token)))
    return token
