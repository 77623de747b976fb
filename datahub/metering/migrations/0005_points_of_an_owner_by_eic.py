from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("metering", "0004_points_of_an_owner")]

    operations = [
        AddIndexAnew(
            "meteringpoint",
            models.Index(
                fields=["owner", "commodity", "eic"],
                include=("id", "owner_role", "type"),
                name="metering_point_of_owner",
            ),
        ),
        RemoveIndexConcurrently("meteringpoint", "metering_point_by_owner"),
    ]
