"""The first schema: accounts, services, links, chats, queues, ledger, tasks."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
    "sqlite_autoincrement": True,
}


def upgrade() -> None:  # noqa: PLR0915 - a statement a table
    """Make all tables, and the services that are always there."""
    op.create_table(
        "address_memory",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("last_invited", sa.BigInteger(), nullable=True),
        sa.Column("had_account", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_address_memory")),
        **OPTIONS,
    )
    op.create_table(
        "chat_message",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("reply_to", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.Column("choices", LONG, nullable=True),
        sa.Column("secret", sa.String(length=400), nullable=True),
        sa.Column("link_id", ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_chat_message_message_id")),
        **OPTIONS,
    )
    op.create_index(
        op.f("ix_chat_message_address_id"), "chat_message", ["address", "id"], unique=False
    )
    op.create_index(op.f("ix_chat_message_link_id"), "chat_message", ["link_id"], unique=False)
    op.create_index(
        op.f("ix_chat_message_purge_after"), "chat_message", ["purge_after"], unique=False
    )
    op.create_table(
        "consumed",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_consumed")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_consumed_purge_after"), "consumed", ["purge_after"], unique=False)
    op.create_table(
        "dialogue",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=True),
        sa.Column("state", LONG, nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue")),
        sa.UniqueConstraint("kind", "address", name=op.f("uq_dialogue_kind_address")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_dialogue_purge_after"), "dialogue", ["purge_after"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("params_hash", sa.String(length=64), nullable=False),
        sa.Column("result", LONG, nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_idempotency")),
        **OPTIONS,
    )
    op.create_index(
        op.f("ix_idempotency_purge_after"), "idempotency", ["purge_after"], unique=False
    )
    op.create_table(
        "lease",
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("transport", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service", "transport", name=op.f("pk_lease")),
        **OPTIONS,
    )
    op.create_table(
        "ledger",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("data", LONG, nullable=False),
        sa.Column("refundable_left", sa.BigInteger(), nullable=False),
        sa.Column("ref_id", ID, nullable=True),
        sa.Column("once_key", sa.String(length=64), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("once_key", name=op.f("uq_ledger_once_key")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_ledger_purge_after"), "ledger", ["purge_after"], unique=False)
    op.create_index(op.f("ix_ledger_user_id_id"), "ledger", ["user_id", "id"], unique=False)
    op.create_table(
        "node",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("amqp_user", sa.String(length=64), nullable=False),
        sa.Column("services", sa.String(length=400), nullable=False),
        sa.Column("ims", sa.String(length=200), nullable=False),
        sa.Column("types", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node")),
        sa.UniqueConstraint("amqp_user", name=op.f("uq_node_amqp_user")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_node_token_hash")),
        **OPTIONS,
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("body", LONG, nullable=False),
        sa.Column("secret", sa.String(length=400), nullable=True),
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_outbox_purge_after"), "outbox", ["purge_after"], unique=False)
    op.create_index(
        op.f("ix_outbox_state_next_at_id"), "outbox", ["state", "next_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_outbox_state_queue_next_at_id"),
        "outbox",
        ["state", "queue", "next_at", "id"],
        unique=False,
    )
    op.create_table(
        "service",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("short_name", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("short_name", name=op.f("uq_service_short_name")),
        **OPTIONS,
    )
    op.create_table(
        "user",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=32), nullable=True),
        sa.Column("password", sa.String(length=80), nullable=True),
        sa.Column("status", sa.String(length=2), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("invited_by", ID, nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("undeletable", sa.Boolean(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("registered_in", sa.String(length=64), nullable=True),
        sa.Column("login_failures", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("close_reason", sa.String(length=16), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("hash", name=op.f("uq_user_hash")),
        sa.UniqueConstraint("login", name=op.f("uq_user_login")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_user_email"), "user", ["email"], unique=False)
    op.create_index(op.f("ix_user_purge_after"), "user", ["purge_after"], unique=False)
    op.create_index(op.f("ix_user_registered_in"), "user", ["registered_in"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_api_key_user_id"), "api_key", ["user_id"], unique=False)
    op.create_table(
        "invite",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("inviter_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("status", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inviter_id"], ["user.id"], name=op.f("fk_invite_inviter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_invite_inviter_id"), "invite", ["inviter_id"], unique=False)
    op.create_index(op.f("ix_invite_kind_address"), "invite", ["kind", "address"], unique=False)
    op.create_index(op.f("ix_invite_purge_after"), "invite", ["purge_after"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("chat_address", sa.String(length=32), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("may_set_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_session_chat_address"), "session", ["chat_address"], unique=False)
    op.create_index(op.f("ix_session_purge_after"), "session", ["purge_after"], unique=False)
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("actions", LONG, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("debug", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("result", LONG, nullable=True),
        sa.Column("service", sa.String(length=32), nullable=True),
        sa.Column("im", sa.String(length=16), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("reply_to", sa.String(length=64), nullable=True),
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_task_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_task_deadline_at"), "task", ["deadline_at"], unique=False)
    op.create_index(op.f("ix_task_lease_until"), "task", ["lease_until"], unique=False)
    op.create_index(op.f("ix_task_purge_after"), "task", ["purge_after"], unique=False)
    op.create_index(
        op.f("ix_task_status_type_priority_run_at"),
        "task",
        ["status", "type", "priority", "run_at"],
        unique=False,
    )
    op.create_index(op.f("ix_task_user_id_id"), "task", ["user_id", "id"], unique=False)
    op.create_index(op.f("ix_task_user_id_status"), "task", ["user_id", "status"], unique=False)
    op.create_table(
        "temporary_link",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_temporary_link_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temporary_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_temporary_link_token_hash")),
        **OPTIONS,
    )
    op.create_index(
        op.f("ix_temporary_link_kind_address_created_at"),
        "temporary_link",
        ["kind", "address", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_temporary_link_purge_after"), "temporary_link", ["purge_after"], unique=False
    )
    op.create_index(
        op.f("ix_temporary_link_user_id_purpose"),
        "temporary_link",
        ["user_id", "purpose"],
        unique=False,
    )
    op.create_table(
        "user_im",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("last_active", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_address", sa.String(length=340), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_im_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_im")),
        sa.UniqueConstraint("confirmed_address", name=op.f("uq_user_im_confirmed_address")),
        sa.UniqueConstraint(
            "user_id", "kind", "address", name=op.f("uq_user_im_user_id_kind_address")
        ),
        **OPTIONS,
    )
    op.create_index(op.f("ix_user_im_kind_address"), "user_im", ["kind", "address"], unique=False)
    op.create_table(
        "user_service",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("status", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_user_service_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_service_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "service_id", name=op.f("pk_user_service")),
        **OPTIONS,
    )
    op.create_table(
        "user_service_im",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_user_service_im_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_service_im_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "service_id", "kind", name=op.f("pk_user_service_im")),
        **OPTIONS,
    )
    # ### end Alembic commands ###
    op.bulk_insert(
        sa.table(
            "service",
            *(
                sa.column(name)
                for name in ("short_name", "title", "description", "price", "enabled")
            ),
        ),
        [
            {
                "short_name": "base",
                "title": "Account",
                "description": "Your account: services, links, settings.",
                "price": 0,
                "enabled": True,
            },
            {
                "short_name": "webtest",
                "title": "Web testing",
                "description": "Checks of web pages.",
                "price": 0,
                "enabled": True,
            },
        ],
    )


def downgrade() -> None:
    """Refuse: there is nothing before the first schema."""
    raise NotImplementedError
