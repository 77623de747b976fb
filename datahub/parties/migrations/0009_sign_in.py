import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0008_names_begin"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "permissions": [("reset_second_factor", "Can reset the second factor of a colleague")],
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
        migrations.AddField(
            model_name="historicaluser",
            name="subject",
            field=models.CharField(
                blank=True,
                db_index=True,
                help_text="The name by which the OpenID provider knows the person; in Estonia EE and the personal code",
                max_length=255,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="subject",
            field=models.CharField(
                blank=True,
                help_text="The name by which the OpenID provider knows the person; in Estonia EE and the personal code",
                max_length=255,
                null=True,
                unique=True,
            ),
        ),
        migrations.CreateModel(
            name="HistoricalRedirectHost",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("host", models.CharField(max_length=253)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical redirect host",
                "verbose_name_plural": "historical redirect hosts",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="RedirectHost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(max_length=253)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="redirect_hosts", to="parties.party"
                    ),
                ),
            ],
            options={
                "db_table": "parties_redirect_host",
                "constraints": [
                    models.UniqueConstraint(fields=("participant", "host"), name="parties_redirect_host_once")
                ],
            },
        ),
        # As of every history: its rows are added, never changed, and kept for three years.
        migrations.RunSQL(
            "CREATE TRIGGER staff_audit_only_grows BEFORE UPDATE OR DELETE ON parties_historicalredirecthost"
            " FOR EACH ROW EXECUTE FUNCTION staff_audit_only_grows('history_date')",
            "DROP TRIGGER staff_audit_only_grows ON parties_historicalredirecthost",
        ),
    ]
