"""Runs the migrations on the connection that ``gateway.storage.schema`` hands over."""

from alembic import context

from gateway.storage.registry_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # One transaction around all of them, on SQLite too: a migration that is interrupted has not happened.
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=True,
)
context.run_migrations()
