from django.db import migrations

# The application's role owns no table, and so can neither make partitions nor drop them: these functions do it in the
# name of the role that owns them, within what the owner has written down of each table. Their search path holds nothing
# that the caller could have made, and the time zone in which bounds are read is not the caller's.
OF_EACH_TABLE = """
CREATE TABLE datahub_partitioned_table (
    name text PRIMARY KEY,
    step text NOT NULL CHECK (step IN ('day', 'month')),
    keep_days integer CHECK (keep_days >= 0)
);
COMMENT ON TABLE datahub_partitioned_table IS
    'The tables with partitions by time, and how long these are kept at least (null: for ever); written by migrate';
"""
# PostgreSQL hands on neither rights nor the triggers for a whole statement: both are taken from the table.
LIKE_ITS_TABLE = """
CREATE FUNCTION datahub_partition_like_table(whole regclass, part regclass) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT t.tgname, p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = whole AND t.tgtype & 32 > 0 AND NOT t.tgisinternal  -- 32: by TRUNCATE
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %I()',
                       found.tgname, part, found.proname);
    END LOOP;
    FOR found IN
        SELECT a.grantee, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = whole AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', found.privilege_type, part, pg_get_userbyid(found.grantee));
    END LOOP;
END
$$;
"""
MAKE = """
CREATE FUNCTION datahub_make_partition(table_name text, first_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    rule datahub_partitioned_table;
    part text;
BEGIN
    SELECT * INTO rule FROM datahub_partitioned_table WHERE name = table_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% has no partitions by time', table_name;
    END IF;
    IF first_day <> date_trunc(rule.step, first_day)::date THEN
        RAISE EXCEPTION '% is not the first day of a %', first_day, rule.step;
    END IF;
    IF first_day NOT BETWEEN current_date - interval '10 years' AND current_date + interval '1 year' THEN
        RAISE EXCEPTION '% is out of time', first_day;
    END IF;
    part := rule.name || to_char(first_day, CASE rule.step WHEN 'day' THEN '_YYYYMMDD' ELSE '_YYYYMM' END);
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                   part, rule.name, first_day, (first_day + ('1 ' || rule.step)::interval)::date);
    PERFORM datahub_partition_like_table(rule.name::regclass, part::regclass);
END
$$;
"""
# By the server's own clock, and by what the owner has written down: nobody who can only call it drops anything sooner.
DROP = """
CREATE FUNCTION datahub_drop_partition(table_name text, first_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    rule datahub_partitioned_table;
    part text;
    last_day date;
BEGIN
    SELECT * INTO rule FROM datahub_partitioned_table WHERE name = table_name;
    IF NOT FOUND OR rule.keep_days IS NULL THEN
        RAISE EXCEPTION '% has no partitions that are ever dropped', table_name;
    END IF;
    last_day := (date_trunc(rule.step, first_day) + ('1 ' || rule.step)::interval)::date - 1;
    IF last_day >= current_date - rule.keep_days THEN
        RAISE EXCEPTION 'the rows of % are kept for % days', table_name, rule.keep_days;
    END IF;
    part := rule.name || to_char(first_day, CASE rule.step WHEN 'day' THEN '_YYYYMMDD' ELSE '_YYYYMM' END);
    -- Another worker may have dropped it; what has such a name and is no partition of the table stays.
    PERFORM FROM pg_inherits WHERE inhparent = rule.name::regclass AND inhrelid = to_regclass(quote_ident(part));
    IF FOUND THEN
        EXECUTE format('DROP TABLE %I', part);
    END IF;
END
$$;
"""
FOR_NOBODY_YET = """
REVOKE EXECUTE ON FUNCTION datahub_make_partition(text, date), datahub_drop_partition(text, date) FROM PUBLIC;
"""
AS_BEFORE = """
DROP FUNCTION datahub_drop_partition(text, date);
DROP FUNCTION datahub_make_partition(text, date);
DROP FUNCTION datahub_partition_like_table(regclass, regclass);
DROP TABLE datahub_partitioned_table;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [migrations.RunSQL(OF_EACH_TABLE + LIKE_ITS_TABLE + MAKE + DROP + FOR_NOBODY_YET, AS_BEFORE)]
