from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("distribution", "0002_log_day")]

    operations = [
        migrations.AddField(
            model_name="logstate",
            name="database",
            field=models.CharField(default="", max_length=60),
        ),
    ]
