"""What Alembic runs for every service; `pingshan_kit.storage.migrate` hands over the connection."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
