"""Whether the database is as this version wants it."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def count_missing() -> int:
    """Count the migrations of this version that are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
