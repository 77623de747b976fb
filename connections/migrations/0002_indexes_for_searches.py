from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0001_connection_requests"),
        ("parties", "0008_names_begin"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["receiver", "commodity", "requested_state", "-changed_at"],
                include=("id",),
                name="connections_received_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["receiver", "commodity", "reason", "-changed_at"],
                include=("id",),
                name="connections_received_by_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["receiver", "commodity", "response_state", "-changed_at"],
                include=("id",),
                name="connections_received_by_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                condition=models.Q(("response_reason", ""), _negated=True),
                fields=["receiver", "commodity", "response_reason", "-changed_at"],
                include=("id",),
                name="connections_received_refused",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["sender", "commodity", "requested_state", "-changed_at"],
                include=("id",),
                name="connections_sent_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["sender", "commodity", "reason", "-changed_at"],
                include=("id",),
                name="connections_sent_by_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["sender", "commodity", "response_state", "-changed_at"],
                include=("id",),
                name="connections_sent_by_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                condition=models.Q(("response_reason", ""), _negated=True),
                fields=["sender", "commodity", "response_reason", "-changed_at"],
                include=("id",),
                name="connections_sent_refused",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(fields=["sender", "commodity", "request_changed_at"], name="connections_sent_at"),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                condition=models.Q(("response_changed_at__isnull", False)),
                fields=["receiver", "commodity", "response_changed_at"],
                name="connections_answered_at",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(fields=["preferred_date", "receiver"], name="connections_by_preferred_date"),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(fields=["estimated_date", "receiver"], name="connections_by_estimated_date"),
        ),
    ]
