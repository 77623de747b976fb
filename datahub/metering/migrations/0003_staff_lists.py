from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("metering", "0002_readings")]

    operations = [
        AddIndexAnew(
            "meteringpoint",
            models.Index(fields=["type", "eic"], name="metering_point_by_type"),
        ),
        AddIndexAnew(
            "meteringpoint",
            models.Index(fields=["commodity", "eic"], name="metering_point_by_commodity"),
        ),
        migrations.RunSQL(
            "CREATE INDEX metering_document_in_error ON metering_document (id) WHERE status = 'ERROR'",
            "DROP INDEX metering_document_in_error",
        ),
    ]
