from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("distribution", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="logstate",
            name="database",
            field=models.CharField(default="", max_length=60),
        ),
    ]
