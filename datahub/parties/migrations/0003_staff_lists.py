from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("parties", "0002_staff_search")]

    operations = [
        AddIndexAnew(
            "party",
            models.Index(fields=["type", "eic"], name="parties_party_by_type"),
        ),
        AddIndexAnew(
            "user",
            models.Index(fields=["username"], name="parties_user_staff", condition=models.Q(("is_staff", True))),
        ),
        AddIndexAnew(
            "user",
            models.Index(fields=["username"], name="parties_user_inactive", condition=models.Q(("is_active", False))),
        ),
    ]
