from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0012_removed_technical_users"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sessions_ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        # The acts of staff on one row, the latest first, stand with its history.
        migrations.RunSQL(
            "CREATE INDEX django_admin_log_of_row ON django_admin_log (content_type_id, object_id, id)",
            "DROP INDEX django_admin_log_of_row",
        ),
    ]
