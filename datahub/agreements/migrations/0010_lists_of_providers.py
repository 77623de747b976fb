from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("agreements", "0009_ends_of_providers")]

    operations = [
        AddIndexAnew(
            "agreement",
            models.Index(
                fields=["service_provider", "deleted_at", "id"],
                name="agreements_by_provider_deleted",
                condition=models.Q(("deleted_at__isnull", False), ("quiet", False)),
            ),
        ),
        AddIndexAnew(
            "agreement",
            models.Index(
                fields=["service_provider", "valid_from", "id"],
                name="agreements_by_provider_fee",
                condition=models.Q(("deleted_at__isnull", True), ("preliminary_termination_fee", True)),
            ),
        ),
        AddIndexAnew(
            "agreement",
            models.Index(
                fields=["service_provider", "valid_to", "id"],
                name="agreements_by_provider_fee_end",
                condition=models.Q(
                    ("deleted_at__isnull", True), ("preliminary_termination_fee", True), ("valid_to__isnull", False)
                ),
            ),
        ),
    ]
