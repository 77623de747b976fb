from django.db import migrations

# What staff did, and how each row was before. Rows may leave once they were kept for three years.
TABLES = {
    "django_admin_log": "action_time",
    "parties_historicaleicrange": "history_date",
    "parties_historicalidentity": "history_date",
    "parties_historicalmarketrole": "history_date",
    "parties_historicalparty": "history_date",
    "parties_historicalrepresentation": "history_date",
    "parties_historicaltechnicaluser": "history_date",
    "parties_historicaluser": "history_date",
    "parties_historicalusergrant": "history_date",
}
ONLY_GROWS = """
CREATE FUNCTION staff_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz < now() - interval '3 years' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are added, never changed, and kept for three years', TG_TABLE_NAME;
END
$$;
"""
ON_TABLE = """
CREATE TRIGGER staff_audit_only_grows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION staff_audit_only_grows('{written_at}');
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0003_staff_lists"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [
        migrations.RunSQL(ONLY_GROWS, "DROP FUNCTION staff_audit_only_grows()"),
        *(
            migrations.RunSQL(
                ON_TABLE.format(table=table, written_at=written_at), f"DROP TRIGGER staff_audit_only_grows ON {table}"
            )
            for table, written_at in TABLES.items()
        ),
    ]
