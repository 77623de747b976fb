from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("metering", "0003_staff_lists")]

    operations = [
        AddIndexAnew(
            "meteringpoint",
            models.Index(fields=["owner", "owner_role", "commodity"], include=("id",), name="metering_point_by_owner"),
        ),
    ]
