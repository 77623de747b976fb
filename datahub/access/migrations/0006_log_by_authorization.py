from django.db import migrations

# The log is large and written by every read: its partitions get their index one by one, while it goes on growing.
NAME = "access_log_by_authorization"
COLUMNS = "(authorization_id, id) WHERE authorization_id IS NOT NULL"
UNINDEXED = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'access_log'::regclass AND NOT EXISTS (
    SELECT FROM pg_index JOIN pg_inherits of_index ON of_index.inhrelid = indexrelid
    WHERE indrelid = child.oid AND of_index.inhparent = %s::regclass
)
"""


def make(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {NAME} ON ONLY access_log {COLUMNS}")
        # A partition that is made from here on has it from its beginning.
        cursor.execute(UNINDEXED, [NAME])
        for (partition,) in cursor.fetchall():
            index = f"{partition}_by_authorization"
            # One that an attempt left unfinished is of no use.
            cursor.execute(f'DROP INDEX IF EXISTS "{index}"')
            cursor.execute(f'CREATE INDEX CONCURRENTLY "{index}" ON "{partition}" {COLUMNS}')
            cursor.execute(f'ALTER INDEX {NAME} ATTACH PARTITION "{index}"')


def take_away(apps, schema_editor):
    schema_editor.execute(f"DROP INDEX {NAME}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("access", "0005_authorization_statistics")]

    operations = [migrations.RunPython(make, take_away)]
