from django.db import migrations

# A partition can be emptied by its own name, and takes over from the whole only what is done for each row. Those to come
# get the trigger where they are made (datahub.partitions).
ON_THE_WHOLE_AND_ITS_PARTS = """
DO $$
DECLARE part regclass;
BEGIN
    FOR part IN SELECT 'access_log'::regclass UNION ALL
                SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'access_log'::regclass
    LOOP
        EXECUTE format('{act}', part);
    END LOOP;
END
$$;
"""
NEVER_EMPTIED = ON_THE_WHOLE_AND_ITS_PARTS.format(
    act="CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON %s"
    " FOR EACH STATEMENT EXECUTE FUNCTION log_is_never_emptied()"
)
AS_BEFORE = ON_THE_WHOLE_AND_ITS_PARTS.format(act="DROP TRIGGER log_is_never_emptied ON %s")


class Migration(migrations.Migration):
    dependencies = [("access", "0006_log_by_authorization"), ("parties", "0011_audit_is_never_emptied")]

    operations = [migrations.RunSQL(NEVER_EMPTIED, AS_BEFORE)]
