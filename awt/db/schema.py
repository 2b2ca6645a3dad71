"""The tables, one description for SQLite and MariaDB.

Times are milliseconds since the epoch. ``purge_after`` is null until a row becomes a candidate for the
garbage collector; its index holds only candidates, so that a pass reads no more than it deletes.
Addresses and tokens compare byte by byte, trailing spaces included (``utf8mb4_nopad_bin``).
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import MEDIUMTEXT

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in an INTEGER column."""
NEWEST: Final = 2**63 - 1
"""Above every id: where a list begins that goes from the newest to the oldest."""
Long = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")
Kind = String(16)
Address = String(320)
Key = String(64)
"""A hash or an opaque id."""


def _table(name: str, *parts: Any) -> Table:
    return Table(
        name,
        metadata,
        *parts,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_nopad_bin",
        sqlite_autoincrement=True,
    )


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _user(name: str = "user_id", *, primary_key: bool = False) -> Column[Any]:
    return Column(
        name, Id, ForeignKey("user.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False
    )


user = _table(
    "user",
    _id(),
    Column("hash", Key, nullable=False, unique=True),
    Column("login", String(32), unique=True),
    Column("password", String(80)),
    Column("status", String(2), nullable=False),
    Column("points", BigInteger, nullable=False, default=0),
    Column("email", Address, index=True),
    Column("lang", String(8), nullable=False, default="en"),
    Column("timezone", String(64), nullable=False, default="UTC"),
    Column("invited_by", Id),
    Column("time", BigInteger, nullable=False),
    Column("undeletable", Boolean, nullable=False, default=False),
    Column("is_admin", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Column("registered_in", Key, index=True),
    Column("login_failures", Integer, nullable=False, default=0),
    Column("closed_at", BigInteger),
    Column("close_reason", String(16)),
    Column("unused_after", BigInteger, index=True),
    Column("purge_after", BigInteger, index=True),
)
"""``unused_after``: when the collector has to ask whether an account is used; each access puts it off."""

user_im = _table(
    "user_im",
    _id(),
    _user(),
    Column("kind", Kind, nullable=False),
    Column("address", Address, nullable=False),
    Column("state", String(16), nullable=False),
    Column("last_active", BigInteger),
    Column("confirmed_at", BigInteger),
    Column("confirmed_address", String(340), unique=True),
    UniqueConstraint("user_id", "kind", "address"),
    Index(None, "kind", "address"),
)
"""``confirmed_address`` is ``kind:address`` while the row is confirmed and null otherwise: a confirmed
address belongs to one account, an asked one reserves nothing."""

service = _table(
    "service",
    _id(),
    Column("short_name", String(32), nullable=False, unique=True),
    Column("title", String(80), nullable=False),
    Column("description", String(400), nullable=False, default=""),
    Column("price", BigInteger, nullable=False, default=0),
    Column("url", String(400)),
    Column("secret", Key),
    Column("pseudonym_key", Key),
    Column("enabled", Boolean, nullable=False, default=True),
)
"""``url`` is null for what is built in. A service that is another program has the ``secret`` that its
requests are signed with, and the key that makes a user's pseudonym, which outlives every secret."""

user_service = _table(
    "user_service",
    _user(primary_key=True),
    Column("service_id", Id, ForeignKey("service.id"), primary_key=True),
    Column("status", String(2), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

user_service_im = _table(
    "user_service_im",
    _user(primary_key=True),
    Column("service_id", Id, ForeignKey("service.id"), primary_key=True),
    Column("kind", Kind, primary_key=True),
    Column("state", String(2), nullable=False),
)

temporary_link = _table(
    "temporary_link",
    _id(),
    _user(),
    Column("purpose", String(16), nullable=False),
    Column("kind", Kind),
    Column("address", Address),
    Column("token_hash", Key, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("purge_after", BigInteger, nullable=False, index=True),
    Index(None, "user_id", "purpose"),
    Index(None, "kind", "address", "created_at"),
)

invite = _table(
    "invite",
    _id(),
    Column("inviter_id", Id, ForeignKey("user.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Kind, nullable=False),
    Column("address", Address, nullable=False),
    Column("user_id", Id),
    Column("status", String(2), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("sends", Integer, nullable=False, default=1),
    Column("purge_after", BigInteger, index=True),
    Index(None, "kind", "address"),
    Index(None, "inviter_id"),
)
"""``user_id`` is who took it, as long as he is not activated and afterwards; see `awt.db.invites`."""

address_memory = _table(
    "address_memory",
    Column("address_hash", Key, primary_key=True),
    Column("last_invited", BigInteger),
    Column("had_account", Boolean, nullable=False, default=False),
    Column("stopped", Boolean, nullable=False, default=False),
)
"""What stays known of an address for ever, by its hash alone."""

invite_memory = _table(
    "invite_memory",
    Column("pair_hash", Key, primary_key=True),
    Column("purge_after", BigInteger, nullable=False, index=True),
)
"""Who invited whom lately, by a hash of both: it outlives the invite."""

dialogue = _table(
    "dialogue",
    _id(),
    Column("kind", Kind, nullable=False),
    Column("address", Address, nullable=False),
    Column("seq", BigInteger, nullable=False, default=0),
    Column("lang", String(8)),
    Column("state", Long, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    Column("purge_after", BigInteger, nullable=False, index=True),
    UniqueConstraint("kind", "address"),
)
"""One row an address: the lock that what it says is handled under, the number of the last answer, and
per service the menu that a number answers and the question that ``yes`` answers."""

session = _table(
    "session",
    _id(),
    Column("token_hash", Key, nullable=False, unique=True),
    Column("user_id", Id, ForeignKey("user.id", ondelete="CASCADE"), index=True),
    Column("chat_address", String(32), nullable=False, index=True),
    Column("network", String(64), nullable=False, default=""),
    Column("agent", String(200), nullable=False, default=""),
    Column("may_set_password", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("purge_after", BigInteger, nullable=False, index=True),
)

chat_message = _table(
    "chat_message",
    _id(),
    Column("address", String(32), nullable=False),
    Column("service", String(32), nullable=False),
    Column("message_id", Key, nullable=False, unique=True),
    Column("reply_to", Key),
    Column("sender", String(16), nullable=False),
    Column("text", Long, nullable=False),
    Column("choices", Long),
    Column("image", String(200)),
    Column("corrects", Key),
    Column("secret", String(400)),
    Column("link_id", Id, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("purge_after", BigInteger, nullable=False, index=True),
    Index(None, "address", "id"),
)

outbox = _table(
    "outbox",
    _id(),
    Column("message_id", Key, nullable=False, unique=True),
    Column("queue", String(80), nullable=False),
    Column("body", Long, nullable=False),
    Column("secret", String(400)),
    Column("trace", Key, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("created_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("error", String(400)),
    Column("purge_after", BigInteger, index=True),
    Index(None, "state", "queue", "next_at", "id"),
    Index(None, "state", "next_at", "id"),
)

consumed = _table(
    "consumed",
    Column("message_id", Key, primary_key=True),
    Column("purge_after", BigInteger, nullable=False, index=True),
)

ledger = _table(
    "ledger",
    _id(),
    Column("user_id", Id, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Column("type", String(20), nullable=False),
    Column("data", Long, nullable=False),
    Column("refundable_left", BigInteger, nullable=False, default=0),
    Column("ref_id", Id),
    Column("once_key", Key, unique=True),
    Column("purge_after", BigInteger, index=True),
    Index(None, "user_id", "id"),
    Index(None, "user_id", "refundable_left"),
)
"""Append-only, and outlives the account: its owner is no foreign key.

``once_key`` names what may happen only once (a bonus, the end of a task)."""

test = _table(
    "test",
    _id(),
    _user(),
    Column("name", String(80), nullable=False),
    Column("actions", Long, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("purge_after", BigInteger, index=True),
    Index(None, "user_id", "id"),
)

test_group = _table(
    "test_group",
    _id(),
    _user(),
    Column("name", String(80), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("purge_after", BigInteger, index=True),
    Index(None, "user_id", "id"),
)

group_member = _table(
    "group_member",
    Column("group_id", Id, ForeignKey("test_group.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("test_id", Id, ForeignKey("test.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("type", String(32), nullable=False),
)

task = _table(
    "task",
    _id(),
    _user(),
    Column("test_id", Id),
    Column("name", String(400), nullable=False),
    Column("actions", Long, nullable=False),
    Column("steps", Integer, nullable=False, server_default="1"),
    Column("type", String(32), nullable=False),
    Column("debug", Boolean, nullable=False, default=False),
    Column("status", String(10), nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("run_at", BigInteger, nullable=False),
    Column("node", String(80)),
    Column("attempt", Integer, nullable=False, default=0),
    Column("lease_until", BigInteger),
    Column("deadline_at", BigInteger),
    Column("result", Long),
    Column("progress", Long),
    Column("told_at", BigInteger),
    Column("told_steps", Integer),
    Column("service", String(32)),
    Column("im", Kind),
    Column("address", Address),
    Column("reply_to", Key),
    Column("trace", Key, nullable=False, default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("purge_after", BigInteger, index=True),
    Index(None, "status", "type", "priority", "run_at"),
    Index(None, "lease_until"),
    Index(None, "deadline_at"),
    Index(None, "user_id", "id"),
    Index(None, "user_id", "status"),
    Index(None, "test_id", "id"),
)
"""The row is the queue: ``initial`` rows wait, ``lease_until`` is set while a node has one.

``steps`` is the number of its actions, ``progress`` what came of those that a running one has done.
``test_id`` is the test that it is a copy of, which may be gone meanwhile."""

shot = _table(
    "shot",
    Column("task_id", Id, ForeignKey("task.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("file", String(80), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""A screenshot of a task; ``file`` is where it lies among the files of screenshots."""

share = _table(
    "share",
    _id(),
    Column("task_id", Id, ForeignKey("task.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", Key, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("purge_after", BigInteger, nullable=False, index=True),
)
"""Whoever knows the token sees the task, until ``purge_after``."""

history = _table(
    "history",
    _id(),
    _user(),
    Column("time", BigInteger, nullable=False),
    Column("event", String(32), nullable=False),
    Column("old", String(200), nullable=False),
    Column("new", String(200), nullable=False),
    Column("way", String(16), nullable=False),
    Column("network", String(64), nullable=False),
    Column("purge_after", BigInteger, nullable=False, index=True),
    Index(None, "user_id", "id"),
)
"""What was changed in an account. ``network`` is the network (/24, /56) that it was done from."""

stats = _table(
    "stats",
    _id(),
    _user(),
    Column("hour", BigInteger, nullable=False),
    Column("started", Integer, nullable=False, server_default="0"),
    Column("finished", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("actions", Integer, nullable=False, server_default="0"),
    Column("purge_after", BigInteger, nullable=False, index=True),
    UniqueConstraint("user_id", "hour"),
)
"""What an account ran, by the hour in UTC (``hour`` is its beginning)."""

executor = _table(
    "executor",
    Column("node", Key, primary_key=True),
    Column("instance", Key, nullable=False),
    Column("types", String(1000), nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
"""Nodes that run tests: the process that asked last for tasks as a node, and the types that it runs."""

api_key = _table(
    "api_key",
    _id(),
    _user(),
    Column("name", String(80), nullable=False),
    Column("key_hash", Key, nullable=False, unique=True),
    Column("read_only", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Index(None, "user_id"),
)

idempotency = _table(
    "idempotency",
    Column("key_hash", Key, primary_key=True),
    Column("method", String(40), nullable=False),
    Column("params_hash", Key, nullable=False),
    Column("result", Long, nullable=False),
    Column("purge_after", BigInteger, nullable=False, index=True),
)

lease = _table(
    "lease",
    Column("service", String(32), primary_key=True),
    Column("transport", Kind, primary_key=True),
    Column("holder", Key, nullable=False),
    Column("instance", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Who is connected to an IM network for a service: one node at a time, and one process of it."""

node = _table(
    "node",
    Column("name", Key, primary_key=True),
    Column("token_hash", Key, nullable=False, unique=True),
    Column("amqp_user", Key, nullable=False, unique=True),
    Column("services", String(400), nullable=False),
    Column("ims", String(200), nullable=False),
    Column("types", String(400), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Nodes without a database. Lists are comma-separated; an empty one means all."""

audit = _table(
    "audit",
    _id(),
    Column("time", BigInteger, nullable=False),
    Column("user_id", Id),
    Column("who", String(40), nullable=False),
    Column("way", String(16), nullable=False),
    Column("method", String(40), nullable=False),
    Column("params", Long, nullable=False),
    Column("purge_after", BigInteger, nullable=False, index=True),
)
"""What operators did. It outlives whoever did it: ``who`` is his name then."""

news = _table(
    "news",
    _id(),
    Column("texts", Long, nullable=False),
    Column("service", String(32), nullable=False),
    Column("ims", String(200), nullable=False),
    Column("langs", String(80), nullable=False),
    Column("state", String(8), nullable=False, index=True),
    Column("after", Id, nullable=False),
    Column("upto", Id, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("planned", String(400), nullable=False),
    Column("sent", String(400), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("purge_after", BigInteger, index=True),
)
"""News on their way. Who has an id up to ``after`` had his turn, who has one above ``upto`` came later;
``planned`` and ``sent`` count readers by IM (JSON)."""
