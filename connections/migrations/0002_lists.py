from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from datahub.database.operations import AddIndexAnew

_OPEN = models.Q(("ended_at__isnull", True))


class Migration(migrations.Migration):
    # The table may be big and is written to: its indexes are made beside that.
    atomic = False

    dependencies = [("connections", "0001_initial")]

    operations = [
        AddIndexAnew(
            "connectionrequest",
            models.Index(
                condition=_OPEN,
                fields=["receiver", "commodity", "-changed_at"],
                include=("id",),
                name="connections_received_open",
            ),
        ),
        AddIndexAnew(
            "connectionrequest",
            models.Index(
                condition=_OPEN,
                fields=["sender", "commodity", "-changed_at"],
                include=("id",),
                name="connections_sent_open",
            ),
        ),
        AddIndexAnew(
            "connectionrequest",
            models.Index(
                fields=["receiver", "commodity", "preferred_date", "-changed_at"],
                include=("id",),
                name="connections_received_for",
            ),
        ),
        AddIndexAnew(
            "connectionrequest",
            models.Index(
                fields=["sender", "commodity", "preferred_date", "-changed_at"],
                include=("id",),
                name="connections_sent_for",
            ),
        ),
        # Whoever looks for a day looks among what it sent or received.
        RemoveIndexConcurrently("connectionrequest", "connections_by_preferred_date"),
    ]
