from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("metering", "0006_points_by_attributes")]

    operations = [
        migrations.CreateModel(
            name="PointReadings",
            fields=[],
            options={
                "verbose_name": "readings of a metering point",
                "verbose_name_plural": "readings of metering points",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("metering.meteringpoint",),
        ),
    ]
