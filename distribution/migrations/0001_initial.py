import django.db.models.deletion
from django.db import migrations, models

ROLES = [
    "GRID_OPERATOR",
    "CLOSED_DISTRIBUTION_NETWORK",
    "LINE_OPERATOR",
    "PRODUCER_OPERATOR",
    "CHARGING_POINT_OPERATOR",
    "STORAGE_OPERATOR",
    "GAS_STATION_OPERATOR",
    "OPEN_SUPPLIER",
    "AGGREGATOR",
    "ENERGY_SERVICE_PROVIDER",
]
RESOURCE_TYPES = ["METERING_POINT", "METERING_DATA", "NETWORK_BILL", "CUSTOMER_DATA", "AGREEMENT", "PERMISSION"]


def message_fields():
    return [
        (
            "address",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="distribution.address",
            ),
        ),
        ("resource_type", models.CharField(choices=[(t, t) for t in RESOURCE_TYPES], max_length=15)),
        ("reason", models.CharField(max_length=60)),
        ("pack", models.CharField(max_length=60, null=True)),
        ("pack_offset", models.IntegerField()),
        ("pack_length", models.IntegerField()),
    ]


# Narrow on purpose: no statistics of the long columns are needed, and a page is read by its index.
MESSAGE = """
CREATE TABLE distribution_message (
    id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    unit_id bigint NOT NULL,
    address_id bigint NOT NULL,
    pack_offset integer NOT NULL,
    pack_length integer NOT NULL,
    resource_type varchar(15) COLLATE "C" NOT NULL,
    reason varchar(60) NOT NULL,
    pack varchar(60),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX distribution_message_scan ON distribution_message (address_id, resource_type, id);
CREATE INDEX distribution_message_created ON distribution_message (created_at, id);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("participant_eic", models.CharField(max_length=16, verbose_name="participant EIC")),
                ("role", models.CharField(choices=[(r, r) for r in ROLES], max_length=30)),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "addresses",
                "db_table": "distribution_address",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("participant_eic", "role", "commodity"), name="distribution_address_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogState",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("last_id", models.BigIntegerField()),
                ("complete_until", models.DateTimeField()),
                ("reserved_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "distribution_log_state",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="distribution_log_state_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="StagedMessage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("unit_id", models.BigIntegerField()),
                *message_fields(),
            ],
            options={
                "db_table": "distribution_staged_message",
                "indexes": [models.Index(fields=["unit_id"], name="distribution_staged_unit")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(MESSAGE, "DROP TABLE distribution_message")],
            state_operations=[
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("created_at", models.DateTimeField()),
                        ("unit_id", models.BigIntegerField()),
                        *message_fields(),
                    ],
                    options={"db_table": "distribution_message"},
                )
            ],
        ),
    ]
