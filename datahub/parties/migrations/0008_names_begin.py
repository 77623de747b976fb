from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its index is made beside that.
    atomic = False

    dependencies = [("parties", "0007_customers")]

    operations = [
        AddIndexAnew(
            "metadata",
            models.Index(
                fields=["valid_from"],
                name="parties_metadata_names_begin",
                condition=models.Q(("type__in", ["COMPANY_NAME", "FIRST_NAME", "LAST_NAME", "ORGANIZATION_NAME"])),
            ),
        ),
    ]
