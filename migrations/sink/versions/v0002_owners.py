"""Owners: which pipeline writes a sink's table, since which claim, and its last sign of life."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS rederive.owners (
            table_schema text NOT NULL,
            table_name text NOT NULL,
            sink text NOT NULL,
            run text NOT NULL,
            epoch bigint NOT NULL,
            tenure text NOT NULL,
            writer text NOT NULL,
            seen timestamptz NOT NULL DEFAULT clock_timestamp(),
            has_ended boolean NOT NULL DEFAULT false,
            view_oid oid,
            PRIMARY KEY (table_schema, table_name)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE IF EXISTS rederive.owners")
