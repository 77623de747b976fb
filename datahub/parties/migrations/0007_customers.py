import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its index is made beside that.
    atomic = False

    dependencies = [("parties", "0006_api_clients_changed")]

    operations = [
        AddIndexAnew(
            "metadata",
            models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("value"), name="varchar_pattern_ops"
                ),
                name="parties_metadata_by_name",
                condition=models.Q(("type__in", ["COMPANY_NAME", "ORGANIZATION_NAME"])),
            ),
        ),
    ]
