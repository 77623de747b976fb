from django.db import migrations, models

STORED_ANSWER = """
CREATE TABLE wire_stored_answer (
    participant_id bigint NOT NULL,
    identification uuid NOT NULL,
    stored_at timestamptz NOT NULL,
    service varchar(200) NOT NULL,
    body_hash bytea NOT NULL,
    answer_identification uuid NOT NULL,
    status smallint NOT NULL CHECK (status >= 0),
    headers jsonb NOT NULL,
    answer bytea NOT NULL,
    PRIMARY KEY (participant_id, identification, stored_at)
) PARTITION BY RANGE (stored_at);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(STORED_ANSWER, "DROP TABLE wire_stored_answer")],
            state_operations=[
                migrations.CreateModel(
                    name="StoredAnswer",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "participant_id",
                                "identification",
                                "stored_at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("participant_id", models.BigIntegerField()),
                        ("identification", models.UUIDField()),
                        ("stored_at", models.DateTimeField()),
                        ("service", models.CharField(max_length=200)),
                        ("body_hash", models.BinaryField()),
                        ("answer_identification", models.UUIDField()),
                        ("status", models.PositiveSmallIntegerField()),
                        ("headers", models.JSONField()),
                        ("answer", models.BinaryField()),
                    ],
                    options={"db_table": "wire_stored_answer"},
                ),
            ],
        ),
    ]
