import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("metering", "0001_initial"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("GRID", "GRID"),
                            ("BORDER_GRID", "BORDER_GRID"),
                            ("SUPPLY", "SUPPLY"),
                            ("AGGREGATION", "AGGREGATION"),
                            ("PORTFOLIO_SUPPLIER", "PORTFOLIO_SUPPLIER"),
                            ("NAMED_SUPPLIER", "NAMED_SUPPLIER"),
                            ("JOINT_INVOICE", "JOINT_INVOICE"),
                            ("BORDER_SUPPLY", "BORDER_SUPPLY"),
                            ("GENERAL_SERVICE", "GENERAL_SERVICE"),
                        ],
                        max_length=20,
                    ),
                ),
                ("agreement_id", models.CharField(blank=True, max_length=50, verbose_name="agreementId")),
                (
                    "service_provider_role",
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
                        max_length=30,
                    ),
                ),
                (
                    "customer_role",
                    models.CharField(
                        blank=True,
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
                        max_length=30,
                    ),
                ),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                ("preliminary_termination_fee", models.BooleanField(default=False)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("original_valid_to", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"
                    ),
                ),
                (
                    "parent_point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.meteringpoint",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.meteringpoint",
                    ),
                ),
                (
                    "service_provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "db_table": "agreements_agreement",
            },
        ),
        migrations.CreateModel(
            name="AgreementVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("GRID", "GRID"),
                            ("BORDER_GRID", "BORDER_GRID"),
                            ("SUPPLY", "SUPPLY"),
                            ("AGGREGATION", "AGGREGATION"),
                            ("PORTFOLIO_SUPPLIER", "PORTFOLIO_SUPPLIER"),
                            ("NAMED_SUPPLIER", "NAMED_SUPPLIER"),
                            ("JOINT_INVOICE", "JOINT_INVOICE"),
                            ("BORDER_SUPPLY", "BORDER_SUPPLY"),
                            ("GENERAL_SERVICE", "GENERAL_SERVICE"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "service_provider_role",
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
                        max_length=30,
                    ),
                ),
                (
                    "customer_role",
                    models.CharField(
                        blank=True,
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
                        max_length=30,
                    ),
                ),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                ("preliminary_termination_fee", models.BooleanField(default=False)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField()),
                ("known_from", models.BigIntegerField()),
                ("known_to", models.BigIntegerField(blank=True, null=True)),
                ("saved_at", models.DateTimeField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="agreements.agreement"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"
                    ),
                ),
                (
                    "parent_point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.meteringpoint",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.meteringpoint",
                    ),
                ),
                (
                    "service_provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "db_table": "agreements_version",
            },
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["point", "type", "valid_from"], name="agreements_by_point"),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["service_provider", "valid_from", "id"], name="agreements_by_provider"),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["customer", "valid_from", "id"], name="agreements_by_customer"),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("agreement_id", ""), _negated=True),
                fields=["agreement_id"],
                name="agreements_by_agreement_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="agreements_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["GRID", "BORDER_GRID"])),
                expressions=[
                    ("point", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_grid",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["SUPPLY"])),
                expressions=[
                    ("point", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_supply",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["BORDER_SUPPLY"])),
                expressions=[
                    ("point", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_border_supply",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["GENERAL_SERVICE"])),
                expressions=[
                    ("point", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_general_service",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["AGGREGATION"])),
                expressions=[
                    ("point", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_aggregation",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type", "AGGREGATION")),
                expressions=[
                    ("parent_point", "="),
                    ("service_provider", "<>"),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_aggregator",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["PORTFOLIO_SUPPLIER"])),
                expressions=[
                    ("customer", "="),
                    ("commodity", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_portfolio_supplier",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["NAMED_SUPPLIER"])),
                expressions=[
                    ("customer", "="),
                    ("commodity", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_named_supplier",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("type__in", ["JOINT_INVOICE"])),
                expressions=[
                    ("service_provider", "="),
                    ("customer", "="),
                    ("commodity", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="agreements_one_joint_invoice",
            ),
        ),
        migrations.AddIndex(
            model_name="agreementversion",
            index=models.Index(fields=["point", "type"], name="agreements_version_by_point"),
        ),
        migrations.AddIndex(
            model_name="agreementversion",
            index=models.Index(
                condition=models.Q(("parent_point__isnull", False)),
                fields=["parent_point"],
                name="agreements_version_by_parent",
            ),
        ),
        migrations.AddIndex(
            model_name="agreementversion",
            index=models.Index(
                condition=models.Q(("type", "PORTFOLIO_SUPPLIER")),
                fields=["customer", "commodity"],
                name="agreements_version_portfolio",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.UniqueConstraint(fields=("agreement", "version"), name="agreements_version_once"),
        ),
    ]
