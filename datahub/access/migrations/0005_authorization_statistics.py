from django.db import migrations

# Who holds authorizations holds them in one role, and some hold most of those without an end: without this PostgreSQL
# takes the columns for independent, expects a handful of an adviser's ten thousand, and reads them all to find a few.
STATISTICS = """
CREATE STATISTICS access_authorization_holders (dependencies, mcv)
    ON participant_id, role, commodity, valid_to FROM access_authorization
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0004_authorization_in_log")]

    operations = [migrations.RunSQL(STATISTICS, "DROP STATISTICS access_authorization_holders")]
