"""What migrations do to tables that are big and in use."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models


class AddIndexAnew(AddIndexConcurrently):
    """Makes an index beside all that goes on; what an interrupted run has left under its name is dropped before.

    A migration with such operations is not one transaction: PostgreSQL keeps what an interrupted one had made, also an
    index that is half-built and answers nothing. So it is run again from its beginning.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop what stands under the name, then make the index."""
        self._ensure_not_in_transaction(schema_editor)
        index: models.Index = self.index
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
