from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_github_quota")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60, verbose_name="time zone"
            ),
        ),
    ]
