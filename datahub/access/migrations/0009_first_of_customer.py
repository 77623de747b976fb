from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    """Finds the first authorization that each customer of a page has given, however many it gave."""

    atomic = False

    dependencies = [("access", "0008_name_of_log_entries")]

    operations = [
        AddIndexAnew(
            model_name="customerauthorization",
            index=models.Index(
                fields=["customer", "participant", "role", "commodity", "valid_to", "valid_from", "id"],
                name="access_authorization_of_cust",
            ),
        ),
    ]
