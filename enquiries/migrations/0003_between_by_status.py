from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table may be big and is written to: its index is made beside that.
    atomic = False

    dependencies = [("enquiries", "0002_unread")]

    operations = [
        AddIndexAnew(
            "enquiry",
            models.Index(
                fields=["sender", "receiver", "commodity", "request_status", "-changed_at"],
                include=("id", "topic"),
                name="enquiries_between_by_status",
            ),
        ),
    ]
