import uuid

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        # For the clock, and for the index of parts of comments.
        ("exchanges", "0001_clock"),
        ("parties", "0008_names_begin"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("response_id", models.UUIDField(blank=True, editable=False, null=True, unique=True)),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                ("meter_eic", models.CharField(max_length=16, verbose_name="metering point")),
                ("customer_eic", models.CharField(max_length=16, verbose_name="customer")),
                ("request_comment", models.TextField(blank=True)),
                ("response_comment", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("request_changed_at", models.DateTimeField()),
                ("response_changed_at", models.DateTimeField(blank=True, null=True)),
                ("changed_at", models.DateTimeField(unique=True)),
                ("topic", models.CharField(choices=[("DATA", "DATA"), ("INVOICE", "INVOICE")], max_length=20)),
                ("reference_type", models.CharField(blank=True, choices=[("INVOICE", "INVOICE")], max_length=20)),
                ("reference_value", models.CharField(blank=True, max_length=16)),
                (
                    "request_status",
                    models.CharField(
                        choices=[("OPEN", "OPEN"), ("CLOSE", "CLOSE"), ("CANCEL", "CANCEL")],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "enquiries",
                "db_table": "enquiries",
            },
        ),
        migrations.CreateModel(
            name="EnquiryOpening",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("side", models.CharField(choices=[("SENDER", "SENDER"), ("RECEIVER", "RECEIVER")], max_length=10)),
                ("opened_at", models.DateTimeField()),
                (
                    "enquiry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="enquiries.enquiry",
                    ),
                ),
            ],
            options={
                "db_table": "enquiries_opening",
            },
        ),
        migrations.CreateModel(
            name="EnquiryStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("side", models.CharField(choices=[("SENDER", "SENDER"), ("RECEIVER", "RECEIVER")], max_length=10)),
                ("technical_user", models.CharField(blank=True, max_length=60, verbose_name="technical user")),
                ("changes", models.JSONField()),
                (
                    "enquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="enquiries.enquiry"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "enquiries_step",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["receiver", "commodity", "request_changed_at"], name="enquiries_to_scan"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("response_changed_at__isnull", False)),
                fields=["sender", "commodity", "response_changed_at"],
                name="enquiries_answers_to_scan",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                fields=["receiver", "commodity", "-changed_at"], include=("id",), name="enquiries_received"
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["sender", "commodity", "-changed_at"], include=("id",), name="enquiries_sent"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["meter_eic", "-changed_at"], name="enquiries_by_point"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["customer_eic", "-changed_at"], name="enquiries_by_customer"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("request_comment"), name="gin_trgm_ops"
                ),
                name="enquiries_by_request_text",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("response_comment"), name="gin_trgm_ops"
                ),
                name="enquiries_by_answer_text",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                fields=["receiver", "commodity", "request_status", "-changed_at"],
                include=("id", "topic", "reference_type"),
                name="enquiries_received_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                fields=["sender", "commodity", "request_status", "-changed_at"],
                include=("id", "topic", "reference_type"),
                name="enquiries_sent_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                fields=["sender", "receiver", "commodity", "-changed_at"],
                include=("id", "topic", "request_status"),
                name="enquiries_between",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("reference_value", ""), _negated=True),
                fields=["reference_value", "-changed_at"],
                name="enquiries_by_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("request_status", "OPEN"), _negated=True),
                fields=["changed_at"],
                name="enquiries_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("response_changed_at__isnull", False), ("response_id__isnull", False)),
                    models.Q(("response_changed_at__isnull", True), ("response_id__isnull", True)),
                    _connector="OR",
                ),
                name="enquiries_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("changed_at", models.F("request_changed_at")),
                    ("changed_at", models.F("response_changed_at")),
                    _connector="OR",
                ),
                name="enquiries_changed_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reference_type", ""), ("reference_value", "")),
                    models.Q(
                        models.Q(("reference_type", ""), _negated=True),
                        models.Q(("reference_value", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="enquiries_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("request_status", "OPEN"),
                    models.Q(("changed_at", models.F("response_changed_at")), ("request_status", "CLOSE")),
                    models.Q(("changed_at", models.F("request_changed_at")), ("request_status", "CANCEL")),
                    _connector="OR",
                ),
                name="enquiries_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiryopening",
            constraint=models.UniqueConstraint(fields=("enquiry", "side"), name="enquiries_opened_once"),
        ),
    ]
