from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("distribution", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LogDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("first_id", models.BigIntegerField()),
            ],
            options={"db_table": "distribution_log_day"},
        ),
    ]
