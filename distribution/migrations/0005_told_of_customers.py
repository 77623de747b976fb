import django.db.models.deletion
from django.db import migrations, models

RESOURCE_TYPES = ["METERING_POINT", "METERING_DATA", "NETWORK_BILL", "CUSTOMER_DATA", "AGREEMENT", "PERMISSION"]
GROUNDS = ["OWNERSHIP", "AGREEMENT", "BALANCE_STATE", "PERMISSION"]

# Partitioned by month, which Django cannot make. A national hub adds millions of rows a day: the columns stand so that
# none is padded, and who is told and why is one number. The one index is the key, the way of the upsert and of the
# customer's own page.
TOLD = """
CREATE TABLE distribution_told (
    customer_id bigint NOT NULL,
    point_id bigint,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    covers_from timestamptz,
    covers_to timestamptz,
    day date NOT NULL,
    entitlement_id integer NOT NULL,
    messages integer NOT NULL CHECK (messages > 0)
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX distribution_told_once ON distribution_told (customer_id, day, entitlement_id, point_id)
    NULLS NOT DISTINCT;
"""
# What was told stays told: a row counts more and spans more, or stays. What a condition of a trigger finds in order
# costs no call. Rows leave with their partition alone.
ONLY_GROWS = """
CREATE FUNCTION distribution_told_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of distribution_told are added and count on, never taken back or deleted';
END
$$;
CREATE TRIGGER distribution_told_only_grows BEFORE UPDATE ON distribution_told FOR EACH ROW
    WHEN (
        (NEW.customer_id, NEW.day, NEW.entitlement_id, NEW.point_id)
            IS DISTINCT FROM (OLD.customer_id, OLD.day, OLD.entitlement_id, OLD.point_id)
        OR NEW.messages <= OLD.messages OR NEW.first_at > OLD.first_at OR NEW.last_at < OLD.last_at
        OR NEW.covers_from > OLD.covers_from OR NEW.covers_to < OLD.covers_to
        OR (NEW.covers_from IS NULL AND OLD.covers_from IS NOT NULL)
        OR (NEW.covers_to IS NULL AND OLD.covers_to IS NOT NULL)
    )
    EXECUTE FUNCTION distribution_told_only_grows();
CREATE TRIGGER distribution_told_stays BEFORE DELETE ON distribution_told
    FOR EACH ROW EXECUTE FUNCTION distribution_told_only_grows();
CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON distribution_told
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_never_emptied();
"""
AS_BEFORE = """
DROP TABLE distribution_told;
DROP FUNCTION distribution_told_only_grows();
"""


def reference(to, **more):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("distribution", "0004_daily_counts"),
        ("metering", "0008_points_by_words_of_the_address"),
        ("parties", "0011_audit_is_never_emptied"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("resource_type", models.CharField(choices=[(t, t) for t in RESOURCE_TYPES], max_length=15)),
                ("ground", models.CharField(choices=[(g, g) for g in GROUNDS], max_length=20)),
                ("authorization_id", models.UUIDField(blank=True, null=True, verbose_name="authorization")),
                ("address", reference("distribution.address")),
            ],
            options={
                "db_table": "distribution_entitlement",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("address", "authorization_id", "resource_type", "ground"),
                        name="distribution_entitlement_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TOLD + ONLY_GROWS, AS_BEFORE)],
            state_operations=[
                migrations.CreateModel(
                    name="ToldOfCustomer",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "customer_id",
                                "day",
                                "entitlement_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("day", models.DateField()),
                        ("messages", models.IntegerField()),
                        ("first_at", models.DateTimeField()),
                        ("last_at", models.DateTimeField()),
                        ("covers_from", models.DateTimeField(null=True)),
                        ("covers_to", models.DateTimeField(null=True)),
                        ("customer", reference("parties.party")),
                        ("entitlement", reference("distribution.entitlement")),
                        ("point", reference("metering.meteringpoint", null=True)),
                    ],
                    options={
                        "db_table": "distribution_told",
                        "verbose_name": "telling of a customer's data",
                        "verbose_name_plural": "tellings of customers' data",
                    },
                )
            ],
        ),
    ]
