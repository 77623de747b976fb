"""Jobs are imports alone; where what they handed over stands in its file is kept apart from what the person chose."""

from django.db import migrations, models

# Jobs are kept for a week; those of today keep their places.
_MOVE_PLACES = """
UPDATE portal_job SET places = parameters -> 'rows', parameters = parameters - 'rows'
WHERE jsonb_exists(parameters, 'rows')
"""
_MOVE_BACK = """
UPDATE portal_job SET parameters = parameters || jsonb_build_object('rows', places) WHERE places <> '{}'::jsonb
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0002_jobs"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="job",
            name="portal_job_one_import_runs",
        ),
        # What it was of every job that was ever made: so the column can be filled on the way back.
        migrations.AlterField(
            model_name="job",
            name="direction",
            field=models.CharField(default="IMPORT", max_length=10),
        ),
        migrations.RemoveField(
            model_name="job",
            name="direction",
        ),
        migrations.RemoveField(
            model_name="job",
            name="result_path",
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "RUNNING")), fields=("participant", "kind"), name="portal_job_one_runs"
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="places",
            field=models.JSONField(default=dict),
        ),
        migrations.RunSQL(_MOVE_PLACES, _MOVE_BACK),
    ]
