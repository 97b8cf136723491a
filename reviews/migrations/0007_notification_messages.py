from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0006_suggestions")]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="message",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
