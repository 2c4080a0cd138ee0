"""Alembic runs this with the connection that ``service.schema`` gives it, inside that connection's transaction."""

from __future__ import annotations

from alembic import context

from service.migrations.target import METADATA, is_ours, rendered


def run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        include_object=is_ours,
        render_item=rendered,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
