from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0011_audit_is_never_emptied"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicaltechnicaluser",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="technicaluser",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="technicaluser",
            constraint=models.CheckConstraint(
                condition=models.Q(("removed_at__isnull", True), ("is_active", False), _connector="OR"),
                name="parties_technical_user_removed_is_inactive",
            ),
        ),
    ]
