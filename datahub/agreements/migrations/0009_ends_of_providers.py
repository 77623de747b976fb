from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its index is made beside that.
    atomic = False

    dependencies = [("agreements", "0008_reasons")]

    operations = [
        AddIndexAnew(
            "agreement",
            models.Index(
                fields=["service_provider", "valid_to", "id"],
                name="agreements_by_provider_end",
                condition=models.Q(("deleted_at__isnull", True), ("valid_to__isnull", False)),
            ),
        ),
    ]
