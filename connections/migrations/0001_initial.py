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
            name="ConnectionRequest",
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
                (
                    "requested_state",
                    models.CharField(
                        choices=[
                            ("CONNECTED", "CONNECTED"),
                            ("DISCONNECTED", "DISCONNECTED"),
                            ("CANCELLED", "CANCELLED"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[("DEBT", "DEBT"), ("DEBT_PAID", "DEBT_PAID"), ("NEW_AGREEMENT", "NEW_AGREEMENT")],
                        max_length=13,
                    ),
                ),
                ("preferred_date", models.DateField()),
                (
                    "response_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("PLANNED", "PLANNED"),
                            ("REFUSED", "REFUSED"),
                            ("CONNECTED", "CONNECTED"),
                            ("DISCONNECTED", "DISCONNECTED"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "response_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("FAULT", "FAULT"),
                            ("NO_AGREEMENT", "NO_AGREEMENT"),
                            ("AGREEMENT_END", "AGREEMENT_END"),
                            ("NO_SPR_MP", "NO_SPR_MP"),
                            ("GO_DISCONNECTED", "GO_DISCONNECTED"),
                            ("CANCELLED_ORDER", "CANCELLED_ORDER"),
                            ("NO_CANCEL", "NO_CANCEL"),
                        ],
                        max_length=15,
                    ),
                ),
                ("estimated_date", models.DateField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                "db_table": "connections",
            },
        ),
        migrations.CreateModel(
            name="ConnectionStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("side", models.CharField(choices=[("SENDER", "SENDER"), ("RECEIVER", "RECEIVER")], max_length=10)),
                ("technical_user", models.CharField(blank=True, max_length=60, verbose_name="technical user")),
                ("changes", models.JSONField()),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="connections.connectionrequest",
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
                "db_table": "connections_step",
            },
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(fields=["receiver", "commodity", "request_changed_at"], name="connections_to_scan"),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                condition=models.Q(("response_changed_at__isnull", False)),
                fields=["sender", "commodity", "response_changed_at"],
                name="connections_answers_to_scan",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["receiver", "commodity", "-changed_at"],
                include=("id", "request_changed_at", "response_changed_at"),
                name="connections_received",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                fields=["sender", "commodity", "-changed_at"],
                include=("id", "request_changed_at", "response_changed_at"),
                name="connections_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(fields=["meter_eic", "-changed_at"], name="connections_by_point"),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(fields=["customer_eic", "-changed_at"], name="connections_by_customer"),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("request_comment"), name="gin_trgm_ops"
                ),
                name="connections_by_request_text",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionrequest",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("response_comment"), name="gin_trgm_ops"
                ),
                name="connections_by_answer_text",
            ),
        ),
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
            index=models.Index(
                fields=["sender", "receiver", "commodity", "-changed_at"], include=("id",), name="connections_between"
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
        migrations.AddIndex(
            model_name="connectionrequest",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)), fields=["ended_at"], name="connections_ended"
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("response_changed_at__isnull", False), ("response_id__isnull", False)),
                    models.Q(("response_changed_at__isnull", True), ("response_id__isnull", True)),
                    _connector="OR",
                ),
                name="connections_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("changed_at", models.F("request_changed_at")),
                    ("changed_at", models.F("response_changed_at")),
                    _connector="OR",
                ),
                name="connections_changed_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("meter_eic", "customer_eic", "receiver"),
                name="connections_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("response_id__isnull", True), ("response_state", "")),
                    models.Q(("response_id__isnull", False), models.Q(("response_state", ""), _negated=True)),
                    _connector="OR",
                ),
                name="connections_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(
                            ("requested_state", "CANCELLED"),
                            ("response_state__in", ["CONNECTED", "DISCONNECTED"]),
                            _connector="OR",
                        ),
                        ("ended_at__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("requested_state", "CANCELLED"),
                            ("response_state__in", ["CONNECTED", "DISCONNECTED"]),
                            _connector="OR",
                            _negated=True,
                        ),
                        ("ended_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="connections_ended_when_final",
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("estimated_date__isnull", True),
                        ("response_state", "REFUSED"),
                        models.Q(("response_reason", ""), _negated=True),
                    ),
                    models.Q(models.Q(("response_state", "REFUSED"), _negated=True), ("response_reason", "")),
                    _connector="OR",
                ),
                name="connections_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="connectionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("response_state", "PLANNED"), _negated=True),
                    ("estimated_date__isnull", False),
                    _connector="OR",
                ),
                name="connections_planned",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionstep",
            index=models.Index(fields=["request", "id"], name="connections_step_of_request"),
        ),
    ]
