from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0002_indexes_for_searches"),
        ("parties", "0008_names_begin"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["receiver", "commodity", "-changed_at"],
                include=("id", "request_changed_at", "response_changed_at"),
                name="connections_received_times",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["sender", "commodity", "-changed_at"],
                include=("id", "request_changed_at", "response_changed_at"),
                name="connections_sent_times",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["sender", "receiver", "commodity", "-changed_at"], include=("id",), name="connections_between"
            ),
        ),
    ]
