from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="agreementversion",
            name="original_valid_to",
            field=models.DateTimeField(blank=True, null=True),
        )
    ]
