"""Nodes, the leases of their transports, and the order in which the relay sends."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
    "sqlite_autoincrement": True,
}


def upgrade() -> None:
    """Make the tables of nodes and leases."""
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
    op.create_index(
        op.f("ix_outbox_state_next_at_id"), "outbox", ["state", "next_at", "id"], unique=False
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index(op.f("ix_outbox_state_next_at_id"), table_name="outbox")
    op.drop_table("node")
    op.drop_table("lease")
