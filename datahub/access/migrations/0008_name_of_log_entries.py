from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0007_log_is_never_emptied")]

    operations = [
        migrations.AlterModelOptions(
            name="accesslog",
            options={"verbose_name": "access log entry", "verbose_name_plural": "access log entries"},
        ),
    ]
