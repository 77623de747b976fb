from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0002_original_end_in_versions")]

    operations = [
        migrations.RemoveConstraint(model_name="agreementversion", name="agreements_version_once"),
        migrations.RenameField(model_name="agreementversion", old_name="agreement", new_name="current"),
        migrations.AddField(
            model_name="agreementversion",
            name="agreement_id",
            field=models.CharField(blank=True, default="", max_length=50, verbose_name="agreementId"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.UniqueConstraint(fields=("current", "version"), name="agreements_version_once"),
        ),
    ]
