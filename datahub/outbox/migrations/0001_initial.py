import django.contrib.postgres.fields
from django.db import migrations, models

UNIT_FIELDS = [
    ("sender_eic", models.CharField(blank=True, max_length=16)),
    ("saved_at", models.DateTimeField()),
    ("lanes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), size=None)),
    ("changes", models.JSONField()),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Lane",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("last_unit", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "outbox_lane"},
        ),
        migrations.RunSQL(
            'ALTER TABLE outbox_lane SET (fillfactor = 50); ALTER TABLE outbox_lane ALTER key TYPE varchar(120) COLLATE "C"',
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("CREATE SEQUENCE outbox_unit_id_seq AS bigint", "DROP SEQUENCE outbox_unit_id_seq"),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                *UNIT_FIELDS,
                (
                    "depends_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("known_at", models.BigIntegerField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                ("set_aside_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "outbox_unit",
                "indexes": [
                    models.Index(
                        condition=models.Q(("set_aside_at__isnull", False)),
                        fields=["set_aside_at"],
                        name="outbox_unit_set_aside",
                    )
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    CREATE TABLE outbox_processed_unit (
                        id bigint NOT NULL,
                        processed_at timestamptz NOT NULL,
                        outcome varchar(20) NOT NULL,
                        sender_eic varchar(16) NOT NULL,
                        saved_at timestamptz NOT NULL,
                        lanes varchar(120)[] NOT NULL,
                        changes jsonb NOT NULL,
                        PRIMARY KEY (id, processed_at)
                    ) PARTITION BY RANGE (processed_at)
                    """,
                    "DROP TABLE outbox_processed_unit",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="ProcessedUnit",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("processed_at", models.DateTimeField()),
                        ("outcome", models.CharField(max_length=20)),
                        *UNIT_FIELDS,
                    ],
                    options={"db_table": "outbox_processed_unit"},
                )
            ],
        ),
    ]
