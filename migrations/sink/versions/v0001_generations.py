"""Generations: which tables a sink has filled, up to which cut, and which one is live."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS rederive.generations (
            table_schema text NOT NULL,
            table_name text NOT NULL,
            number integer NOT NULL,
            sink text NOT NULL,
            version bigint NOT NULL DEFAULT -1,
            cut text NOT NULL DEFAULT '',
            is_live boolean NOT NULL DEFAULT false,
            PRIMARY KEY (table_schema, table_name, number)
        )
        """
    )
    op.execute(
        """
        CREATE UNIQUE INDEX IF NOT EXISTS generations_live
        ON rederive.generations (table_schema, table_name) WHERE is_live
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE IF EXISTS rederive.generations")
