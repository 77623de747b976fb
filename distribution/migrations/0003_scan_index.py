from django.db import migrations

# A scan counts the messages of its window: with their times in the index it need not look at their rows.
COVERING = """
DROP INDEX distribution_message_scan;
CREATE INDEX distribution_message_scan ON distribution_message (address_id, resource_type, id) INCLUDE (created_at);
"""
PLAIN = """
DROP INDEX distribution_message_scan;
CREATE INDEX distribution_message_scan ON distribution_message (address_id, resource_type, id);
"""


class Migration(migrations.Migration):
    dependencies = [("distribution", "0002_log_states_database")]

    operations = [migrations.RunSQL(COVERING, PLAIN)]
