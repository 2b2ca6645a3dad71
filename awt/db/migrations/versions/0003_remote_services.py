"""Services that are other programs: what their requests are signed with, and whom they know."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the secret and the key of pseudonyms."""
    op.add_column("service", sa.Column("secret", sa.String(length=64)))
    op.add_column("service", sa.Column("pseudonym_key", sa.String(length=64)))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("service", "pseudonym_key")
    op.drop_column("service", "secret")
