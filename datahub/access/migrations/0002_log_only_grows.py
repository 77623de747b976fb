from django.db import migrations

# Rows leave with their partition alone, when they have been kept long enough.
ONLY_GROWS = """
CREATE FUNCTION access_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of access_log are added, never changed or deleted';
END
$$;
CREATE TRIGGER access_log_only_grows BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION access_log_only_grows();
"""
AS_BEFORE = """
DROP TRIGGER access_log_only_grows ON access_log;
DROP FUNCTION access_log_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [migrations.RunSQL(ONLY_GROWS, AS_BEFORE)]
