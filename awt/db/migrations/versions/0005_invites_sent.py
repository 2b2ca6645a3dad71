"""Invites: when they were sent and how often, and who invited whom lately."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
    "sqlite_autoincrement": True,
}


def upgrade() -> None:
    """Add the columns and the table; there are no invites yet whose values they would lack."""
    op.add_column(
        "invite", sa.Column("sent_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("invite", sa.Column("sends", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "invite_memory",
        sa.Column("pair_hash", sa.String(length=64), nullable=False),
        sa.Column("purge_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pair_hash", name=op.f("pk_invite_memory")),
        **OPTIONS,
    )
    op.create_index(
        op.f("ix_invite_memory_purge_after"), "invite_memory", ["purge_after"], unique=False
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("invite_memory")
    op.drop_column("invite", "sends")
    op.drop_column("invite", "sent_at")
