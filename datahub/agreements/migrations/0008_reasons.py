from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0007_general_services_to_start")]

    operations = [
        migrations.AddField(
            model_name="agreementversion",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="ended_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
