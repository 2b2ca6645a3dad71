"""What operators did, news on their way, and when accounts count as unused."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
    "sqlite_autoincrement": True,
}
UNUSED = 35 * 86_400_000
"""Milliseconds without an access after which an account is looked at."""


def upgrade() -> None:
    """Make the tables; accounts that are active now are looked at by their last access."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    long = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
    op.create_table(
        "audit",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("user_id", number, nullable=True),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("params", long, nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_audit_purge_after"), "audit", ["purge_after"], unique=False)
    op.create_table(
        "news",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("texts", long, nullable=False),
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("ims", sa.String(length=200), nullable=False),
        sa.Column("langs", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("after", number, nullable=False),
        sa.Column("upto", number, nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("planned", sa.String(length=400), nullable=False),
        sa.Column("sent", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("purge_after", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_news_purge_after"), "news", ["purge_after"], unique=False)
    op.create_index(op.f("ix_news_state"), "news", ["state"], unique=False)
    op.add_column("user", sa.Column("unused_after", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_user_unused_after"), "user", ["unused_after"], unique=False)
    op.create_index(
        op.f("ix_ledger_user_id_refundable_left"),
        "ledger",
        ["user_id", "refundable_left"],
        unique=False,
    )
    user = sa.table(
        "user",
        sa.column("status", sa.String),
        sa.column("time", sa.BigInteger),
        sa.column("unused_after", sa.BigInteger),
    )
    op.execute(
        sa.update(user).where(user.c.status == "AC").values(unused_after=user.c.time + UNUSED)
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index(op.f("ix_ledger_user_id_refundable_left"), table_name="ledger")
    op.drop_index(op.f("ix_user_unused_after"), table_name="user")
    op.drop_column("user", "unused_after")
    op.drop_table("news")
    op.drop_table("audit")
