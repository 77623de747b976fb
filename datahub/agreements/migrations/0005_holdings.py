from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("agreements", "0004_staff_lists")]

    operations = [
        AddIndexAnew(
            "agreement",
            models.Index(
                fields=["service_provider", "service_provider_role", "commodity"],
                include=("type", "valid_from", "valid_to", "point", "parent_point"),
                name="agreements_holdings",
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    ("type__in", ["AGGREGATION", "BORDER_SUPPLY", "GENERAL_SERVICE", "SUPPLY"]),
                ),
            ),
        ),
    ]
