import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

from datahub.database.operations import AddIndexAnew


class Migration(migrations.Migration):
    # The table is big and written to: its indexes are made beside that.
    atomic = False

    dependencies = [("metering", "0007_point_readings")]

    operations = [
        AddIndexAnew(
            "meteringpoint",
            django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "street_address",
                    "locality",
                    "municipality",
                    "county",
                    "postcode",
                    template=(
                        r"to_tsvector('simple'::regconfig, regexp_replace(%(expressions)s, '[ -/:-@\[-`{-~]+', ' ', 'g'))"
                    ),
                    arg_joiner=" || ' ' || ",
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                ),
                name="metering_point_by_words",
                fastupdate=False,
            ),
        ),
    ]
