from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is written to: its index is made beside that.
    atomic = False

    dependencies = [("agreements", "0010_lists_of_providers")]

    operations = [
        AddIndexAnew(
            "followup",
            models.Index(
                fields=["unit_id"],
                name="agreements_follow_up_failed",
                condition=models.Q(("failed", {}), _negated=True),
            ),
        )
    ]
