"""A view of accounts with their clients under the original names of the columns."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CLIENT = """(
        SELECT {column} FROM user_im
        WHERE user_im.user_id = user.id AND user_im.kind = '{kind}' AND user_im.state = 'confirmed'
        ORDER BY COALESCE(user_im.last_active, 0) DESC, user_im.confirmed_at, user_im.id LIMIT 1
    )"""
"""What stands for an account on an IM: of several addresses, the one that was active last."""


def upgrade() -> None:
    """Make the view; whoever reads it needs no more than the rights on the tables."""
    security = "SQL SECURITY INVOKER" if op.get_bind().dialect.name == "mysql" else ""
    skype, date_skype, jabber, date_jabber = (
        CLIENT.format(kind=kind, column=f"user_im.{column}")
        for kind in ("skype", "jabber")
        for column in ("address", "last_active")
    )
    op.execute(
        f"""
        CREATE {security} VIEW user_original AS SELECT
            id, hash, login, status, points, email, time, undeletable,
            {skype} AS skype, {date_skype} AS date_skype,
            {jabber} AS jabber, {date_jabber} AS date_jabber
        FROM user
        """  # noqa: S608 - of nothing but the texts above
    )


def downgrade() -> None:
    """Take it away again."""
    op.execute("DROP VIEW user_original")
