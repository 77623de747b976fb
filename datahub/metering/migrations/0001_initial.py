import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MeteringPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("eic", models.CharField(max_length=16, unique=True, verbose_name="EIC")),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=40
                    ),
                ),
                (
                    "owner_role",
                    models.CharField(
                        choices=[
                            ("GRID_OPERATOR", "GRID_OPERATOR"),
                            ("CLOSED_DISTRIBUTION_NETWORK", "CLOSED_DISTRIBUTION_NETWORK"),
                            ("LINE_OPERATOR", "LINE_OPERATOR"),
                            ("PRODUCER_OPERATOR", "PRODUCER_OPERATOR"),
                            ("CHARGING_POINT_OPERATOR", "CHARGING_POINT_OPERATOR"),
                            ("STORAGE_OPERATOR", "STORAGE_OPERATOR"),
                            ("GAS_STATION_OPERATOR", "GAS_STATION_OPERATOR"),
                            ("OPEN_SUPPLIER", "OPEN_SUPPLIER"),
                            ("AGGREGATOR", "AGGREGATOR"),
                            ("ENERGY_SERVICE_PROVIDER", "ENERGY_SERVICE_PROVIDER"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "metering_type",
                    models.CharField(
                        choices=[
                            ("REMOTE_READING", "REMOTE_READING"),
                            ("NON_REMOTE_READING", "NON_REMOTE_READING"),
                            ("VIRTUAL", "VIRTUAL"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("REGULAR", "REGULAR"),
                            ("INTERNAL", "INTERNAL"),
                            ("BORDER", "BORDER"),
                            ("AGGREGATION", "AGGREGATION"),
                        ],
                        max_length=40,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("adr_id", models.BigIntegerField(blank=True, null=True)),
                ("location_comment", models.CharField(blank=True, max_length=255)),
                ("county", models.CharField(blank=True, max_length=255)),
                ("municipality", models.CharField(blank=True, max_length=255)),
                ("locality", models.CharField(blank=True, max_length=255)),
                ("street_address", models.CharField(blank=True, max_length=255)),
                ("postcode", models.CharField(blank=True, max_length=50)),
                (
                    "coordinate_system",
                    models.CharField(blank=True, choices=[("WGS84", "WGS84"), ("LEST97", "LEST97")], max_length=40),
                ),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("longitude", models.FloatField(blank=True, null=True)),
                (
                    "consumption_scale",
                    models.CharField(blank=True, choices=[("SMALL", "SMALL"), ("LARGE", "LARGE")], max_length=40),
                ),
                (
                    "connection_state",
                    models.CharField(
                        blank=True,
                        choices=[("CONNECTED", "CONNECTED"), ("DISCONNECTED", "DISCONNECTED")],
                        max_length=40,
                    ),
                ),
                (
                    "resolution",
                    models.CharField(
                        blank=True, choices=[("PT15M", "PT15M"), ("PT1H", "PT1H"), ("P1D", "P1D")], max_length=40
                    ),
                ),
                ("customer_type", models.CharField(blank=True, max_length=40)),
                ("production", models.BooleanField(blank=True, null=True)),
                ("production_source", models.CharField(blank=True, max_length=40)),
                ("transmission_network_eic", models.CharField(blank=True, max_length=16)),
                ("apartment_association", models.BooleanField(blank=True, null=True)),
                ("isolated_metering_point", models.BooleanField(blank=True, null=True)),
                ("electrical_heating", models.BooleanField(blank=True, null=True)),
                ("charging_point", models.BooleanField(blank=True, null=True)),
                ("storage_capacity", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("storage_energy", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("production_capacity", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("transmission_capacity", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="metering_points", to="parties.party"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="metering.meteringpoint",
                    ),
                ),
            ],
            options={
                "db_table": "metering_point",
                "ordering": ["eic"],
            },
        ),
        migrations.CreateModel(
            name="MeteringPointVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("known_from", models.BigIntegerField()),
                ("saved_at", models.DateTimeField()),
                ("data", models.JSONField()),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="metering.meteringpoint",
                    ),
                ),
            ],
            options={
                "db_table": "metering_point_version",
            },
        ),
        migrations.AddConstraint(
            model_name="meteringpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("parent__isnull", False), ("type", "AGGREGATION")),
                    models.Q(models.Q(("type", "AGGREGATION"), _negated=True), ("parent__isnull", True)),
                    _connector="OR",
                ),
                name="metering_point_parent_of_aggregation",
            ),
        ),
        migrations.AddConstraint(
            model_name="meteringpointversion",
            constraint=models.UniqueConstraint(fields=("point", "version"), name="metering_point_version_once"),
        ),
    ]
