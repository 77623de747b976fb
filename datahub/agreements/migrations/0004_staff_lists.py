from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("agreements", "0003_operators_own_id_in_versions")]

    operations = [
        AddIndexConcurrently(
            "agreement",
            models.Index(fields=["type", "id"], name="agreements_by_type"),
        ),
        AddIndexConcurrently(
            "agreement",
            models.Index(fields=["commodity", "id"], name="agreements_by_commodity"),
        ),
    ]
