import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0005_holdings")]

    operations = [
        migrations.AddField("agreement", "quiet", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("unit_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="agreements.agreement",
                    ),
                ),
                ("cause", models.CharField(max_length=40)),
                ("sender_eic", models.CharField(max_length=16)),
                ("saved_at", models.DateTimeField()),
                ("reached", models.CharField(blank=True, max_length=16)),
                ("points_total", models.PositiveIntegerField(blank=True, null=True)),
                ("points_done", models.PositiveIntegerField(default=0)),
                ("points_changed", models.PositiveIntegerField(default=0)),
                ("failed", models.JSONField(blank=True, default=dict)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "agreements_follow_up",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["unit_id"],
                        name="agreements_follow_up_waiting",
                    )
                ],
            },
        ),
    ]
