from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("agreements", "0006_whole_market")]

    operations = [
        AddIndexAnew(
            "agreement",
            models.Index(
                fields=["valid_from", "id"],
                name="agreements_quiet",
                condition=models.Q(("deleted_at__isnull", True), ("quiet", True)),
            ),
        ),
        # General services that wait for their start have been told to nobody.
        migrations.RunSQL(
            "UPDATE agreements_agreement SET quiet = true"
            " WHERE type = 'GENERAL_SERVICE' AND valid_from > now() AND deleted_at IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
