from django.db import migrations, models

# Nullable and without a default: PostgreSQL writes nothing of the rows that are there, in any partition.
ADD = "ALTER TABLE access_log ADD COLUMN authorization_id uuid"
TAKE_AWAY = "ALTER TABLE access_log DROP COLUMN authorization_id"


class Migration(migrations.Migration):
    dependencies = [("access", "0003_customer_authorizations")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD, TAKE_AWAY)],
            state_operations=[
                migrations.AddField(
                    model_name="accesslog",
                    name="authorization_id",
                    field=models.UUIDField(blank=True, null=True, verbose_name="authorization"),
                )
            ],
        )
    ]
