from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table may be big and is written to: its indexes are made beside that, and the column has its value from the
    # table's description alone. What stood before counts as read.
    atomic = False

    dependencies = [("enquiries", "0001_initial")]

    operations = [
        migrations.AddField(
            "enquiry",
            "unread_by",
            models.CharField(
                blank=True,
                choices=[("SENDER", "SENDER"), ("RECEIVER", "RECEIVER")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="unread by",
            ),
        ),
        AddIndexAnew(
            "enquiry",
            models.Index(
                condition=models.Q(("unread_by", "RECEIVER")),
                fields=["receiver", "commodity", "-changed_at"],
                include=("id", "topic", "request_status"),
                name="enquiries_received_unread",
            ),
        ),
        AddIndexAnew(
            "enquiry",
            models.Index(
                condition=models.Q(("unread_by", "SENDER")),
                fields=["sender", "commodity", "-changed_at"],
                include=("id", "topic", "request_status"),
                name="enquiries_sent_unread",
            ),
        ),
    ]
