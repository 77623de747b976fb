import django.db.models.deletion
from django.db import migrations, models

# Nothing of the rows that are there is read or written, in any partition: each has a participant, as its column has
# asked until now, so that the condition holds for them (NOT VALID) and what is added from here on is checked. Every read
# of the API waits behind who waits for the lock: rather give way to a long reader, and be run again.
READ_BY_STAFF = """
SET LOCAL lock_timeout = '5s';
ALTER TABLE access_log ADD CONSTRAINT access_log_reader CHECK (
    participant_id IS NOT NULL
    OR (user_id IS NOT NULL AND role = '' AND commodity = '' AND technical_user = '' AND ground = '')
) NOT VALID;
ALTER TABLE access_log ALTER COLUMN participant_id DROP NOT NULL;
"""
# Refused by PostgreSQL where staff have looked at anything since: what was logged is never taken back.
BY_PARTICIPANTS_ALONE = """
ALTER TABLE access_log ALTER COLUMN participant_id SET NOT NULL;
ALTER TABLE access_log DROP CONSTRAINT access_log_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0009_first_of_customer"), ("parties", "0013_ended_sessions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(READ_BY_STAFF, BY_PARTICIPANTS_ALONE)],
            state_operations=[
                migrations.AlterField(
                    model_name="accesslog",
                    name="participant",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="accesslog",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("participant__isnull", False),
                            models.Q(
                                ("commodity", ""),
                                ("ground", ""),
                                ("role", ""),
                                ("technical_user", ""),
                                ("user__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="access_log_reader",
                    ),
                ),
            ],
        )
    ]
