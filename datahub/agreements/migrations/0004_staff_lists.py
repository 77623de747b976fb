from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("agreements", "0003_operators_own_id_in_versions")]

    operations = [
        AddIndexAnew(
            "agreement",
            models.Index(fields=["type", "id"], name="agreements_by_type"),
        ),
        AddIndexAnew(
            "agreement",
            models.Index(fields=["commodity", "id"], name="agreements_by_commodity"),
        ),
    ]
