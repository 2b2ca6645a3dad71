"""Tests, their groups, what came of tasks, and which nodes run them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
    "sqlite_autoincrement": True,
}
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def _owned(name: str) -> None:
    columns: list[Any] = [
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
    ]
    if name == "test":
        columns.append(sa.Column("actions", LONG, nullable=False))
    op.create_table(
        name,
        *columns,
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
        sa.Column("purge_after", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f(f"fk_{name}_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        **OPTIONS,
    )
    op.create_index(op.f(f"ix_{name}_purge_after"), name, ["purge_after"])
    op.create_index(op.f(f"ix_{name}_user_id_id"), name, ["user_id", "id"])


def upgrade() -> None:
    """Make the tables."""
    _owned("test")
    _owned("test_group")
    op.create_table(
        "group_member",
        sa.Column("group_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("test_id", ID, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["test_group.id"],
            name=op.f("fk_group_member_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["test.id"], name=op.f("fk_group_member_test_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "position", name=op.f("pk_group_member")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_group_member_test_id"), "group_member", ["test_id"])
    op.add_column("task", sa.Column("test_id", ID))
    op.add_column("task", sa.Column("steps", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("task", sa.Column("progress", LONG))
    op.create_index(op.f("ix_task_test_id_id"), "task", ["test_id", "id"])
    op.create_table(
        "shot",
        sa.Column("task_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_shot_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", "number", name=op.f("pk_shot")),
        **OPTIONS,
    )
    op.create_table(
        "share",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_share_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_token_hash")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_share_purge_after"), "share", ["purge_after"])
    op.create_index(op.f("ix_share_task_id"), "share", ["task_id"])
    op.create_table(
        "stats",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("finished", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("actions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_stats_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stats")),
        sa.UniqueConstraint("user_id", "hour", name=op.f("uq_stats_user_id_hour")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_stats_purge_after"), "stats", ["purge_after"])
    op.create_table(
        "executor",
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("types", sa.String(length=1000), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_executor")),
        **OPTIONS,
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("executor", "stats", "share", "shot", "group_member", "test_group", "test"):
        op.drop_table(table)
    op.drop_index(op.f("ix_task_test_id_id"), table_name="task")
    for column in ("progress", "steps", "test_id"):
        op.drop_column("task", column)
