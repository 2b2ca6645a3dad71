"""The relay reads what is due in all queues at once."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index by which it does."""
    op.create_index(
        op.f("ix_outbox_state_next_at_id"), "outbox", ["state", "next_at", "id"], unique=False
    )
