from django.db import migrations

# A party that is only new is nobody's client yet: customers arrive by the thousand, and who notifies waits for others.
_TABLES = {
    "parties_technical_user": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "parties_market_role": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "parties_party": "UPDATE OR DELETE OR TRUNCATE",
}


class Migration(migrations.Migration):
    dependencies = [("parties", "0005_no_overlaps")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION parties_api_clients_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NOTIFY datahub_api_clients;
                RETURN NULL;
            END $$
            """,
            "DROP FUNCTION parties_api_clients_changed()",
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER api_clients_changed AFTER {events} ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION parties_api_clients_changed()",
                f"DROP TRIGGER api_clients_changed ON {table}",
            )
            for table, events in _TABLES.items()
        ),
    ]
