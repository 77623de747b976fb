import django.db.models.deletion
from django.db import migrations, models

RESOURCE_TYPES = ["METERING_POINT", "METERING_DATA", "NETWORK_BILL", "CUSTOMER_DATA", "AGREEMENT", "PERMISSION"]

# The few rows of the present day are changed with every batch: room on their pages keeps that cheap.
ROOM = "ALTER TABLE distribution_daily_count SET (fillfactor = 50)"
# While the end of the log is locked nobody publishes: what is counted is all there is.
FILL = """
DO $$ BEGIN
    PERFORM FROM distribution_log_state FOR UPDATE;
    INSERT INTO distribution_daily_count (address_id, day, resource_type, messages)
    SELECT address_id, (created_at AT TIME ZONE 'Europe/Tallinn')::date AS day, resource_type, count(*)
    FROM distribution_message GROUP BY address_id, day, resource_type;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("distribution", "0003_scan_index")]

    operations = [
        migrations.CreateModel(
            name="DailyCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "address_id",
                        "day",
                        "resource_type",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("resource_type", models.CharField(choices=[(t, t) for t in RESOURCE_TYPES], max_length=15)),
                ("messages", models.BigIntegerField()),
                (
                    "address",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="distribution.address",
                    ),
                ),
            ],
            options={"db_table": "distribution_daily_count"},
        ),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
