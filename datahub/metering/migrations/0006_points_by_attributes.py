import django.contrib.postgres.indexes
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models
from django.db.models.functions import Upper

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("metering", "0005_points_of_an_owner_by_eic")]

    operations = [
        BtreeGinExtension(),
        AddIndexAnew(
            "meteringpoint",
            models.Index(fields=["adr_id"], name="metering_point_by_address", condition=models.Q(adr_id__isnull=False)),
        ),
        AddIndexAnew(
            "meteringpoint",
            django.contrib.postgres.indexes.GinIndex(
                "metering_type",
                "type",
                "consumption_scale",
                "connection_state",
                "resolution",
                "customer_type",
                "production",
                "production_source",
                "transmission_network_eic",
                "apartment_association",
                "isolated_metering_point",
                "electrical_heating",
                "charging_point",
                "storage_capacity",
                "storage_energy",
                "production_capacity",
                "transmission_capacity",
                Upper("county"),
                Upper("municipality"),
                name="metering_point_by_attributes",
                fastupdate=False,
            ),
        ),
    ]
