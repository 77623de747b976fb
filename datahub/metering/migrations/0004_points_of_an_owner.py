from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("metering", "0003_staff_lists")]

    operations = [
        AddIndexConcurrently(
            "meteringpoint",
            models.Index(fields=["owner", "owner_role", "commodity"], include=("id",), name="metering_point_by_owner"),
        ),
    ]
