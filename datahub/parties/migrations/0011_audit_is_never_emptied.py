from django.db import migrations

# A trigger for each row knows nothing of TRUNCATE, which is refused by one for the statement. The tests empty all tables
# between one another: in a database that Django has made for tests, which it names test_…, this says nothing, unless a
# test asks for it. No setting of a session makes it silent elsewhere.
NEVER_EMPTIED = """
CREATE FUNCTION log_is_never_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT starts_with(current_database(), 'test_') OR current_setting('datahub.keeps_logs', true) = 'on' THEN
        RAISE EXCEPTION 'rows of % are added, never changed: the table is never emptied', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
"""
TABLES = (
    "django_admin_log",
    "parties_historicaleicrange",
    "parties_historicalidentity",
    "parties_historicalmarketrole",
    "parties_historicalparty",
    "parties_historicalredirecthost",
    "parties_historicalrepresentation",
    "parties_historicaltechnicaluser",
    "parties_historicaluser",
    "parties_historicalusergrant",
)


class Migration(migrations.Migration):
    dependencies = [("parties", "0010_typed_names"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [
        migrations.RunSQL(NEVER_EMPTIED, "DROP FUNCTION log_is_never_emptied()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION log_is_never_emptied()",
                f"DROP TRIGGER log_is_never_emptied ON {table}",
            )
            for table in TABLES
        ),
    ]
