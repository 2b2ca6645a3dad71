"""What chats are told of runs: pictures, corrections, and when they were told last."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("chat_message", sa.Column("image", sa.String(length=200)))
    op.add_column("chat_message", sa.Column("corrects", sa.String(length=64)))
    op.add_column("task", sa.Column("told_at", sa.BigInteger()))
    op.add_column("task", sa.Column("told_steps", sa.Integer()))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("task", "told_steps")
    op.drop_column("task", "told_at")
    op.drop_column("chat_message", "corrects")
    op.drop_column("chat_message", "image")
