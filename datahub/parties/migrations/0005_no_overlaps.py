import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0004_audit_only_grows")]

    operations = [
        # Ranges of texts by their bytes, as codes are ordered everywhere.
        migrations.RunSQL(
            'CREATE TYPE parties_codes AS RANGE (subtype = text, collation = "C")', "DROP TYPE parties_codes"
        ),
        migrations.AddConstraint(
            model_name="eicrange",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("participant", "<>"),
                    (
                        models.Func(
                            models.F("prefix"),
                            django.db.models.functions.text.Concat(models.F("prefix"), models.Value("~")),
                            function="parties_codes",
                            output_field=models.TextField(),
                        ),
                        "&&",
                    ),
                ],
                name="parties_eic_range_of_one_participant",
            ),
        ),
        migrations.AddConstraint(
            model_name="representation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="parties_representation_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="representation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("person", "="),
                    ("customer", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="parties_representation_once_at_a_time",
            ),
        ),
    ]
