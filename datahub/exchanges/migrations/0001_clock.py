from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        # For parts of comments; PostgreSQL lets the owner of a database make it.
        TrigramExtension(),
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("last", models.DateTimeField()),
            ],
            options={"db_table": "exchanges_clock"},
        ),
    ]
