import datetime
import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_log_only_grows"),
        ("metering", "0005_points_of_an_owner_by_eic"),
        ("parties", "0008_names_begin"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerAuthorization",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "role",
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
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("ENERGY_SUPPLY_OFFER", "ENERGY_SUPPLY_OFFER"),
                            ("AGGREGATION_OFFER", "AGGREGATION_OFFER"),
                            ("ENERGY_MANAGEMENT", "ENERGY_MANAGEMENT"),
                            ("ENERGY_EFFICIENCY", "ENERGY_EFFICIENCY"),
                            ("FLEXIBILITY", "FLEXIBILITY"),
                            ("CARBON_ACCOUNTING", "CARBON_ACCOUNTING"),
                            ("RESEARCH", "RESEARCH"),
                        ],
                        max_length=30,
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("subject_from", models.DateTimeField()),
                ("subject_to", models.DateTimeField()),
                ("given_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.meteringpoint",
                        verbose_name="metering point",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "access_authorization",
                "indexes": [
                    models.Index(
                        fields=["participant", "role", "commodity", "valid_to"],
                        include=("valid_from", "point", "customer"),
                        name="access_authorization_held",
                    ),
                    models.Index(
                        fields=["participant", "role", "commodity", "valid_from", "id"],
                        include=("valid_to",),
                        name="access_authorization_search",
                    ),
                    models.Index(fields=["point", "given_at", "id"], name="access_authorization_by_point"),
                    models.Index(fields=["customer", "given_at", "id"], name="access_authorization_by_cust"),
                    models.Index(fields=["participant", "given_at", "id"], name="access_authorization_by_part"),
                    models.Index(fields=["given_at", "id"], name="access_authorization_newest"),
                    models.Index(
                        condition=models.Q(("valid_to__isnull", False)),
                        fields=["valid_to"],
                        name="access_authorization_ended",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gt", models.F("valid_from")),
                            models.Q(("revoked_at__isnull", False), ("valid_to", models.F("valid_from"))),
                            _connector="OR",
                        ),
                        name="access_authorization_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subject_to__gt", models.F("subject_from"))),
                        name="access_authorization_subject_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_from__gte", models.F("given_at"))),
                        name="access_authorization_not_before_given",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                            models.Q(
                                ("revoked_at__isnull", False),
                                ("revoked_by__isnull", False),
                                (
                                    "valid_to",
                                    django.db.models.functions.comparison.Greatest("revoked_at", "valid_from"),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="access_authorization_ends_when_revoked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purpose", "ENERGY_SUPPLY_OFFER"), ("role", "OPEN_SUPPLIER")),
                            models.Q(
                                ("commodity", "ELECTRICITY"), ("purpose", "AGGREGATION_OFFER"), ("role", "AGGREGATOR")
                            ),
                            models.Q(
                                (
                                    "purpose__in",
                                    [
                                        "CARBON_ACCOUNTING",
                                        "ENERGY_EFFICIENCY",
                                        "ENERGY_MANAGEMENT",
                                        "FLEXIBILITY",
                                        "RESEARCH",
                                    ],
                                ),
                                ("role", "ENERGY_SERVICE_PROVIDER"),
                            ),
                            _connector="OR",
                        ),
                        name="access_authorization_purpose_of_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "purpose__in",
                                    [
                                        "CARBON_ACCOUNTING",
                                        "ENERGY_EFFICIENCY",
                                        "ENERGY_MANAGEMENT",
                                        "FLEXIBILITY",
                                        "RESEARCH",
                                    ],
                                ),
                                ("role", "ENERGY_SERVICE_PROVIDER"),
                            ),
                            models.Q(
                                ("valid_to__isnull", False),
                                (
                                    "valid_to__lte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("valid_from"), "+", models.Value(datetime.timedelta(days=2))
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="access_authorization_offer_hours",
                    ),
                ],
            },
        ),
    ]
