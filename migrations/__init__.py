"""Schema changes of the databases we write to, as alembic revisions, up and down."""
